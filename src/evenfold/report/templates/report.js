// Charts are drawn when they come into sight, and again when light and dark change.
const told = JSON.parse(document.getElementById("charts").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

function rows(columns) {
  const names = Object.keys(columns);
  const count = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name][row]])));
}

function config() {
  const ink = dark.matches ? "#e6edf3" : "#1b1f24";
  const line = dark.matches ? "#30363d" : "#d0d7de";
  return {
    background: "transparent",
    font: "system-ui, sans-serif",
    axis: { labelColor: ink, titleColor: ink, gridColor: line, domainColor: line, tickColor: line, labelLimit: 260 },
    legend: { labelColor: ink, titleColor: ink, labelLimit: 260, symbolOpacity: 1 },
    rule: { color: ink },
    text: { color: "#1b1f24" },
    // Black is for paper.
    range: { category: told.colours.map((colour) => (colour === "#000000" ? ink : colour)) },
    mark: { tooltip: { content: "data" } },
    view: { stroke: null },
  };
}

async function draw(figure) {
  const { chart, data } = told.charts[figure.id];
  const values = rows(data);
  const spec = { width: "container", ...chart, data: { values }, config: config() };
  await vegaEmbed(figure.querySelector(".chart"), spec, { actions: false, renderer: values.length > told.many ? "canvas" : "svg", tooltip: { theme: dark.matches ? "dark" : "light" } });
  figure.dataset.drawn = dark.matches ? "dark" : "light";
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
addEventListener("beforeprint", () => figures.filter((figure) => !figure.dataset.drawn).forEach(draw));

function value(row, column) {
  const text = row.children[column].textContent.trim();
  const number = parseFloat(text.replaceAll(",", ""));
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
      const sorted = [...body.rows].sort((a, b) => (up ? 1 : -1) * compare(value(a, column), value(b, column)));
      body.append(...sorted);
    });
  });
}

for (const input of document.querySelectorAll("input[data-filters]")) {
  const body = document.getElementById(input.dataset.filters).tBodies[0];
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
