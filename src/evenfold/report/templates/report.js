// Charts are drawn when they scroll into view, and again when the colour scheme changes.
const report = JSON.parse(document.getElementById("charts").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

function rows(columns) {
  const names = Object.keys(columns);
  const count = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name][row]])));
}

let printing = false;
const isDark = () => dark.matches && !printing;
const isNarrow = () => innerWidth < 600;

function theme() {
  const base = isDark() ? report.dark : report.light;
  if (!isNarrow()) return { ...base, axisQuantitative: { tickCount: 8 }, mark: { tooltip: { content: "data" } } };
  return {
    ...base,
    axis: { ...base.axis, labelLimit: 110 },
    axisQuantitative: { tickCount: 5 },
    legend: { ...base.legend, orient: "bottom", labelLimit: 260 },
    text: { ...base.text, fontSize: 7 },
    mark: { tooltip: { content: "data" } },
  };
}

function themed(chart) {
  if (!isDark()) return chart;
  const swapped = Object.entries(report.on_dark).reduce(
    (text, [light, onDark]) => text.replaceAll(light, onDark), JSON.stringify(chart));
  return JSON.parse(swapped);
}

async function draw(figure) {
  const { chart, data } = report.charts[figure.id];
  const values = rows(data);
  const place = figure.querySelector(".chart");
  const description = figure.dataset.caption ??= place.getAttribute("aria-label");
  const spec = { ...themed(chart), width: "container", description, data: { values }, config: theme() };
  await vegaEmbed(place, spec, { actions: false, renderer: values.length > report.many ? "canvas" : "svg", tooltip: { theme: isDark() ? "dark" : "light" } });
  place.setAttribute("aria-label", description);
  figure.dataset.drawn = isDark() ? "dark" : "light";
}

const figures = [...document.querySelectorAll("figure")];
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }
}, { rootMargin: "400px" });
figures.forEach((figure) => seen.observe(figure));
dark.addEventListener("change", () => figures.filter((figure) => figure.dataset.drawn).forEach(draw));
// Paper is light.
addEventListener("beforeprint", () => {
  printing = true;
  figures.filter((figure) => figure.dataset.drawn !== "light").forEach(draw);
});
addEventListener("afterprint", () => {
  printing = false;
  if (dark.matches) figures.forEach(draw);
});

const seconds = { s: 1, ms: 1e-3, "µs": 1e-6 };

function value(row, column) {
  const text = row.children[column].textContent.trim();
  const [, digits, unit] = text.match(/^([-+]?[\d,.]+)(?: (s|ms|µs)$)?/) ?? [];
  const number = parseFloat((digits ?? "").replaceAll(",", "")) * (seconds[unit] ?? 1);
  return Number.isNaN(number) ? text : number;
}

function compare(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return typeof a === "number" ? a - b : a.localeCompare(b);
}

for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.setAttribute("aria-sort", "none");
    head.firstElementChild.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const body = table.tBodies[0];
      const isMissing = (row) => value(row, column) === "–";
      const sorted = [...body.rows].sort((a, b) => isMissing(a) - isMissing(b) || (up ? 1 : -1) * compare(value(a, column), value(b, column)));
      body.append(...sorted);
    });
  });
}

for (const input of document.querySelectorAll("input[data-filters]")) {
  const body = document.getElementById(input.dataset.filters).tBodies[0];
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    const shown = [...body.rows].filter((row) => !row.hidden).length;
    input.nextElementSibling.textContent = wanted ? `${shown} of ${body.rows.length}` : "";
  });
}
