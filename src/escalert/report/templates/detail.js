"use strict";

// Text of a call reaches the page only as text nodes and attribute values, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const draw = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

function readDetail(number) {
  return JSON.parse(document.getElementById(`detail-${number}`).textContent);
}

function buildDetail(number, call) {
  const detail = readDetail(number);
  const transcript = buildTranscript(detail);
  const panel = make("div", { class: "detail", role: "group", "aria-label": `Call ${call}` },
    make("div", { class: "columns" },
      make("div", {}, ...buildReasons(detail), ...buildTriggers(detail, transcript.show)),
      make("div", {}, make("h3", {}, "The call"), buildFacts(detail), buildLink(call))));
  if (detail.curve) panel.append(...buildCurve(detail, transcript.show));
  panel.append(...transcript.nodes);
  return { panel, settle: transcript.settle };
}

function buildReasons(detail) {
  const reasons = detail.reasons.map((reason) => make("li", { dir: "auto" }, reason));
  const nodes = [make("h3", {}, "Why"),
    reasons.length ? make("ul", { class: "reasons" }, ...reasons) : make("p", { class: "hint" }, "No reason was given.")];
  if (detail.warnings.length) {
    const warnings = detail.warnings.map((warning) => make("li", { dir: "auto" }, warning));
    nodes.push(make("p", { class: "hint" }, "While reading, escalert noted:"), make("ul", { class: "hint" }, ...warnings));
  }
  return nodes;
}

function buildTriggers(detail, show) {
  if (!detail.triggers.length) return [];
  const lines = detail.triggers.map((trigger) => make("tr", {},
    make("th", { scope: "row" }, make("span", { class: `chip ${trigger.kind}` }, trigger.title)),
    make("td", { class: "number" }, trigger.percent),
    make("td", { class: "number hint extra" }, trigger.threshold),
    make("td", {}, ...buildJumps(trigger.turns, show))));
  const heads = [["Trigger", ""], ["Probability", "number"], ["Threshold", "number extra"], ["Evidence", ""]];
  return [make("h3", {}, "Triggers"), make("table", { class: "triggers" },
    make("thead", {}, make("tr", {}, ...heads.map(([head, kind]) => make("th", { scope: "col", class: kind }, head)))),
    make("tbody", {}, ...lines))];
}

const JUMPS = 8;

function buildJumps(turns, show) {
  const buttons = turns.slice(0, JUMPS).map(([turn, moment]) => {
    const button = make("button", { type: "button", class: "jump", title: "Show in the transcript" }, moment);
    button.addEventListener("click", () => show(turn));
    return button;
  });
  if (turns.length > JUMPS) buttons.push(make("span", { class: "hint" }, `and ${turns.length - JUMPS} more`));
  return buttons;
}

function buildFacts(detail) {
  const facts = detail.facts.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, make("bdi", {}, value))));
  return make("dl", { class: "facts" }, ...facts);
}

function buildLink(call) {
  return make("p", { class: "link" }, make("a", { href: hashOf(call) }, "Link to this call"));
}

function hashOf(call) {
  return `#call-${encodeURIComponent(call)}`;
}

function buildCurve(detail, show) {
  const { points, marks, ends, peak } = detail.curve;
  const line = points.map(([x, y]) => `${x},${1000 - y}`).join(" ");
  const area = `${points[0][0]},1000 ${line} ${points[points.length - 1][0]},1000`;
  const plot = draw("svg", { "aria-hidden": "true", viewBox: "0 0 1000 1000", preserveAspectRatio: "none", width: "100%", height: "100%" },
    ...[0, 500, 1000].map((y) => draw("line", { class: "grid", x1: 0, x2: 1000, y1: y, y2: y })),
    draw("polygon", { class: "area", points: area }), draw("polyline", { class: "line", points: line }));
  const label = `Emotional intensity of the customer over the call; highest ${peak}; ${marks.length} flagged turns are marked.`;
  const picture = draw("svg", { class: "curve", role: "img", "aria-label": label, width: "100%", height: 110 },
    plot, ...marks.map((mark) => buildMark(mark, detail, show)));
  return [make("h3", {}, "Emotional intensity"),
    make("figure", { class: "plot" },
      make("div", { class: "scale", "aria-hidden": "true" }, ...["100%", "50%", "0%"].map((text) => make("span", {}, text))),
      make("div", { class: "canvas" }, picture),
      make("div", { class: "ends" }, make("span", {}, ends[0]), make("span", {}, ends[1])),
      make("figcaption", { class: "hint" }, "Probability at each turn of the customer. A circle marks a flagged turn of the customer, a diamond one of another speaker."))];
}

function buildMark([turn, x, y], detail, show) {
  const [, moment] = detail.turns.find(([index]) => index === turn) ?? [turn, `turn ${turn}`];
  const names = detail.evidence[turn].map(([title]) => title).join(", ");
  // Without a viewBox the percentages stretch with the plot, but the shapes stay round.
  const shape = y === null
    ? draw("rect", { x: -4, y: -4, width: 8, height: 8, transform: "rotate(45)" })
    : draw("circle", { r: 5 });
  const place = draw("svg", { x: `${x / 10}%`, y: `${100 - (y ?? 0) / 10}%`, overflow: "visible", class: "mark", "aria-hidden": "true" },
    shape, draw("title", {}, `${moment}: ${names}`));
  place.addEventListener("click", () => show(turn));
  return place;
}

function buildTranscript(detail) {
  const list = make("ol", { class: "turns" });
  const lines = new Map();
  let expected = 0;
  for (const turn of detail.turns) {
    if (turn[0] > expected) list.append(buildGap(turn[0] - expected));
    expected = turn[0] + 1;
    lines.set(turn[0], list.appendChild(buildTurn(turn, detail.evidence[turn[0]])));
  }
  if (detail.count > expected) list.append(buildGap(detail.count - expected));
  const box = make("div", { class: "transcript", tabindex: "0", role: "region", "aria-label": "Transcript" }, list);
  const evidence = Object.keys(detail.evidence).map(Number).filter((turn) => lines.has(turn));
  let current = -1;
  const scroll = (turn) => {
    const line = lines.get(turn);
    // Two lines of what came before stay in view.
    if (line) box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - 72;
    return line;
  };
  const show = (turn) => {
    current = evidence.indexOf(turn);
    scroll(turn)?.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => show(evidence[(current + by + evidence.length) % evidence.length]);
  const head = make("div", { class: "transcript-head" }, make("h3", {}, "Transcript"), ...buildSteps(evidence, step));
  return { nodes: [head, box], show, settle: () => evidence.length && scroll(evidence[0]) };
}

function buildSteps(evidence, step) {
  if (!evidence.length) return [];
  const back = make("button", { type: "button" }, "Previous evidence");
  const on = make("button", { type: "button" }, "Next evidence");
  back.addEventListener("click", () => step(-1));
  on.addEventListener("click", () => step(1));
  return [make("span", { class: "steps" }, back, on)];
}

function buildTurn([turn, moment, speaker, text], chips = []) {
  const line = make("li", { class: `turn ${speaker}${chips.length ? " evidence" : ""}`, tabindex: "-1", "data-turn": turn },
    make("span", { class: "time" }, moment), make("span", { class: "speaker" }, speaker),
    make("span", { class: "text", dir: "auto" }, text || "(nothing transcribed)"));
  if (chips.length) {
    line.append(make("span", { class: "chips" }, ...chips.map(([title, percent, kind]) =>
      make("span", { class: `chip ${kind}` }, `${title} `, make("span", {}, percent)))));
  }
  return line;
}

function buildGap(turns) {
  return make("li", { class: "gap hint" }, `${turns.toLocaleString("en")} ${turns === 1 ? "turn" : "turns"} not shown`);
}
