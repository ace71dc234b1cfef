// What a reader of report.html can see: texts that overlap, are cut or are faint.

const shown = (element) => element.checkVisibility() && element.getClientRects().length > 0;
const corners = (text) => {
    const {x, y, width, height} = text.getBBox(), matrix = text.getScreenCTM();
    const dx = Math.min(1, width / 4), dy = Math.min(2, height / 4);
    return [[x + dx, y + dy], [x + width - dx, y + dy], [x + width - dx, y + height - dy],
            [x + dx, y + height - dy]].map(([a, b]) => new DOMPoint(a, b).matrixTransform(matrix));
};
const boxCorners = ({left, right, top, bottom}) =>
    [[left + 1, top + 2], [right - 1, top + 2], [right - 1, bottom - 2], [left + 1, bottom - 2]]
        .map(([x, y]) => ({x, y}));
const meet = (a, b) => [a, b].every((polygon) => polygon.every((point, n) => {
    const next = polygon[(n + 1) % 4], axis = [next.y - point.y, point.x - next.x];
    const along = (one) => one.map(({x, y}) => x * axis[0] + y * axis[1]);
    const [first, second] = [along(a), along(b)];
    return Math.max(...first) > Math.min(...second) && Math.max(...second) > Math.min(...first);
}));
const overlaps = (items) => {
    const found = [];
    items.forEach((item) => {
        item.left = Math.min(...item.at.map(({x}) => x));
        item.right = Math.max(...item.at.map(({x}) => x));
    });
    items.sort((a, b) => a.left - b.left);
    items.forEach((a, n) => {
        for (let m = n + 1; m < items.length && items[m].left < a.right; m++) {
            if (meet(a.at, items[m].at)) found.push(`${a.text} / ${items[m].text}`);
        }
    });
    return found;
};
const chartTexts = (figure) => [...figure.querySelectorAll("svg.marks text")]
    .filter((text) => text.textContent.trim() && shown(text) && getComputedStyle(text).opacity > 0);
const visibleIn = (rect, element) => {
    const frame = element.closest(".scroll")?.getBoundingClientRect();
    return !frame || (rect.left >= frame.left - 1 && rect.right <= frame.right + 1);
};
const pageTexts = () => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.textContent.trim() || parent.closest("svg, script, style, .skip, nav")) continue;
        if (!shown(parent)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const rect of range.getClientRects()) {
            if (rect.width > 2 && visibleIn(rect, parent)) {
                found.push({parent, rect, text: node.textContent.trim()});
            }
        }
    }
    return found;
};
const rgba = (colour) => {
    const pixel = document.createElement("canvas").getContext("2d");
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data];
};
const memory = new Map();
const rgb = (colour) => memory.get(colour) ?? memory.set(colour, rgba(colour)).get(colour);
const light = (colour) => rgb(colour).slice(0, 3).map((value) => value / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
};
const behind = (element) => {
    for (let place = element; place; place = place.parentElement) {
        const colour = getComputedStyle(place).backgroundColor;
        if (rgb(colour)[3] === 255) return colour;
    }
    return "white";
};
const cells = (figure) => [...figure.querySelectorAll(".mark-rect.role-mark path")]
    .filter((path) => getComputedStyle(path).opacity == 1)
    .map((path) => ({box: path.getBoundingClientRect(), colour: getComputedStyle(path).fill}));

function overlappingTexts() {
    const charts = [...document.querySelectorAll("figure")].flatMap((figure) => overlaps(
        chartTexts(figure).map((text) => ({text: text.textContent, at: corners(text)})))
        .map((pair) => `${figure.innerText.slice(0, 60)}: ${pair}`));
    const page = overlaps(pageTexts().map(({rect, text}) => ({text, at: boxCorners(rect)})));
    return [...charts, ...page];
}

function cutTexts() {
    const found = [];
    for (const figure of document.querySelectorAll("figure")) {
        const svg = figure.querySelector("svg.marks");
        if (!svg || !shown(svg)) continue;
        const frame = svg.getBoundingClientRect();
        for (const text of chartTexts(figure)) {
            const {left, right, top, bottom} = text.getBoundingClientRect();
            const isOut = left < frame.left - 2 || right > frame.right + 2
                || top < frame.top - 2 || bottom > frame.bottom + 2;
            if (isOut || text.textContent.includes("…")) found.push(text.textContent);
        }
        const chart = figure.querySelector(".chart");
        if (!figure.matches(".wide") && chart.scrollWidth > chart.clientWidth + 1) {
            found.push(`wider than its place: ${figure.innerText.slice(0, 60)}`);
        }
    }
    for (const name of document.querySelectorAll("main tbody th")) {
        if (shown(name) && name.getBoundingClientRect().right > innerWidth) found.push(name.innerText);
    }
    return found;
}

function faintTexts(ofText, ofMarks) {
    const found = [];
    for (const {parent, text} of pageTexts()) {
        const ratio = contrast(getComputedStyle(parent).color, behind(parent));
        if (ratio < ofText) found.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    for (const figure of document.querySelectorAll("figure")) {
        const paper = behind(figure), squares = cells(figure);
        for (const text of chartTexts(figure)) {
            const {left, right, top, bottom} = text.getBoundingClientRect();
            const x = (left + right) / 2, y = (top + bottom) / 2;
            const under = squares.find(({box}) =>
                box.left <= x && x <= box.right && box.top <= y && y <= box.bottom);
            const ratio = contrast(getComputedStyle(text).fill, under?.colour ?? paper);
            if (ratio < ofText) found.push(`${text.textContent}: ${ratio.toFixed(2)}`);
        }
        for (const mark of figure.querySelectorAll(".mark-symbol.role-mark path, .mark-line path")) {
            const {fill, stroke} = getComputedStyle(mark);
            const ratios = [fill, stroke].filter((colour) => colour !== "none" && rgb(colour)[3])
                .map((colour) => contrast(colour, paper));
            if (ratios.length && Math.max(...ratios) < ofMarks) found.push(`mark ${fill} ${stroke}`);
        }
    }
    return [...new Set(found)];
}
