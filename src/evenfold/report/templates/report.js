// Charts are drawn once they have a place: those of a folded part when a reader opens it.
const report = JSON.parse(document.getElementById("charts").textContent);
const NARROW = 600, WITH_SIDEBAR = 1000;
const LETTER = 6.4, SYMBOL = 40; // pixels of a legend's entry
const FACET_LABELS = 90; // pixels left of small charts

function rows(columns) {
  const names = Object.keys(columns);
  const count = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name) => [name, columns[name][row]])));
}

function longestName(spec) {
  if (Array.isArray(spec)) return Math.max(0, ...spec.map(longestName));
  if (!spec || typeof spec !== "object") return 0;
  const names = (Array.isArray(spec.domain) ? spec.domain : []).filter((n) => typeof n === "string");
  return Math.max(0, ...names.map((name) => name.length), ...Object.values(spec).map(longestName));
}

function config(chart, width) {
  const base = report.theme;
  const columns = Math.max(1, Math.floor(width / (LETTER * longestName(chart) + SYMBOL)));
  return {
    ...base,
    legend: { ...base.legend, orient: "bottom", direction: "horizontal", columns, labelLimit: 0, offset: 8 },
    axis: { ...base.axis, labelLimit: width < NARROW ? width / 2 : base.axis.labelLimit },
    axisQuantitative: { tickCount: width < NARROW ? 5 : 8 },
    view: { ...base.view, continuousHeight: 250 },
    mark: { tooltip: { content: "data" } },
  };
}

// As many small charts in a row as fit, and as many in each row as in the others.
function fitted(chart, data, width) {
  if (!chart.facet) return { ...chart, width: chart.width ?? "container" };
  const count = new Set(data[chart.facet.field]).size;
  const each = chart.spec.width + (chart.spacing?.column ?? 0);
  const most = Math.max(1, Math.floor((width - FACET_LABELS) / each));
  return { ...chart, columns: Math.ceil(count / Math.ceil(count / most)) };
}

async function draw(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "soon";
  const { chart, data } = report.charts[figure.id];
  const place = figure.querySelector(".chart");
  const description = place.getAttribute("aria-label");
  const width = place.clientWidth;
  const spec = { ...fitted(chart, data, width), description, data: { values: rows(data) }, config: config(chart, width) };
  await vegaEmbed(place, spec, { actions: false, renderer: "svg" });
  place.setAttribute("aria-label", description);
  figure.dataset.drawn = "true";
}

async function drawAll(place) {
  for (const figure of place.querySelectorAll("figure")) {
    if (figure.offsetParent) await draw(figure);
  }
}
for (const details of document.querySelectorAll("main details")) {
  details.addEventListener("toggle", () => details.open && drawAll(details));
}
drawAll(document);

// The contents: a bar beside the page or, on a narrow screen, a list that opens above it.
const contents = document.getElementById("contents");
const wide = matchMedia(`(min-width: ${WITH_SIDEBAR}px)`);
const showContents = () => { contents.open = wide.matches; };
wide.addEventListener("change", showContents);
showContents();

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let place = target; place; place = place.parentElement) if (place.matches("details")) place.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", openTarget);
openTarget();

const links = new Map([...contents.querySelectorAll("ul a")].map((link) => [link.hash.slice(1), link]));
const places = [...links.keys()].map((anchor) => document.getElementById(anchor));
contents.addEventListener("click", ({ target }) => {
  if (!target.closest("a")) return;
  if (!wide.matches) contents.open = false;
  if (target.closest("a").hash === location.hash) openTarget();
});

let opened;
function markCurrent() {
  const above = places.filter((place) => place.getBoundingClientRect().top < innerHeight / 3);
  const current = links.get(above.at(-1)?.id);
  for (const link of links.values()) {
    if (link === current) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
  const chapter = current?.closest("li details");
  if (!wide.matches || chapter === opened) return;
  if (opened) opened.open = false;
  if (chapter) chapter.open = true;
  opened = chapter;
}
let waiting = false;
addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; markCurrent(); }, 120);
}, { passive: true });

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
