// The server-rendered rows are the only record of the calls; this script filters, sorts, pages and opens them.

function startTable(table) {
  const body = table.tBodies[0];
  const more = document.getElementById("more-rows").content;
  const calls = [...body.rows, ...more.querySelectorAll("tr")].map(readRow);
  const byId = new Map([...calls].reverse().map((call) => [call.id, call]));
  const view = { sort: "priority", descending: true, page: 0, shown: calls };
  const size = Number(table.dataset.pageSize);
  const form = document.getElementById("filters");
  const field = (name) => document.getElementById(name);

  function refresh({ page = 0 } = {}) {
    const filter = readFilter(field);
    view.shown = calls.filter((call) => passes(call, filter)).sort(compareBy(view));
    view.page = Math.max(0, Math.min(page, Math.ceil(view.shown.length / size) - 1));
    const rows = view.shown.slice(view.page * size, (view.page + 1) * size);
    body.replaceChildren(...rows.flatMap((call) => (call.detailRow ? [call.row, call.detailRow] : [call.row])));
    if (!rows.length) body.append(emptyRow(table.tHead.rows[0].cells.length));
    field("shown").textContent = describe(view, size, calls.length);
    showPager(field, view, size);
    field("clear").disabled = !(filter.text || filter.priority || filter.trigger || filter.queue || filter.missed || filter.repeat);
  }

  function turnPage(by) {
    refresh({ page: view.page + by });
    field("flagged").focus({ preventScroll: true });
    field("shown").scrollIntoView();
  }

  function sortBy(key, button) {
    view.descending = view.sort === key ? !view.descending : LARGEST_FIRST.has(key);
    view.sort = key;
    for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
    button.closest("th").setAttribute("aria-sort", view.descending ? "descending" : "ascending");
    refresh();
  }

  function openLinked() {
    const call = byId.get(linkedCall());
    if (!call) return;
    if (!view.shown.includes(call)) form.reset();
    refresh();
    refresh({ page: Math.floor(view.shown.indexOf(call) / size) });
    setOpen(call, true);
    call.row.scrollIntoView();
    call.button.focus({ preventScroll: true });
  }

  for (const button of table.tHead.querySelectorAll("button")) {
    button.disabled = false;
    button.addEventListener("click", () => sortBy(button.dataset.sort, button));
  }
  form.hidden = false;
  form.addEventListener("input", () => refresh());
  form.addEventListener("submit", (event) => event.preventDefault());
  field("clear").addEventListener("click", () => {
    form.reset();
    refresh();
    field("search").focus();
  });
  field("previous").addEventListener("click", () => turnPage(-1));
  field("next").addEventListener("click", () => turnPage(1));
  body.addEventListener("click", (event) => toggleClicked(event, calls));
  body.addEventListener("keydown", (event) => closeOnEscape(event, calls));
  window.addEventListener("hashchange", openLinked);
  refresh();
  openLinked();
}

function describe(view, size, all) {
  const number = (value) => value.toLocaleString("en");
  const count = view.shown.length;
  const first = view.page * size;
  const part = `Calls ${number(first + 1)} to ${number(Math.min(first + size, count))} of ${number(count)}`;
  if (count === all) return count > size ? part : `${number(all)} ${all === 1 ? "call" : "calls"}`;
  return count > size ? `${part} that match, of ${number(all)}` : `${number(count)} of ${number(all)} calls match`;
}

function showPager(field, view, size) {
  const pages = Math.ceil(view.shown.length / size);
  field("pager").hidden = pages < 2;
  field("previous").disabled = view.page === 0;
  field("next").disabled = view.page >= pages - 1;
  field("page").textContent = `Page ${view.page + 1} of ${pages}`;
}

function emptyRow(columns) {
  const cell = make("td", { colspan: columns, role: "cell", class: "empty" }, "No flagged call matches. Clear a filter to see more.");
  return make("tr", { role: "row" }, cell);
}

function setOpen(call, open) {
  call.button.setAttribute("aria-expanded", open);
  call.row.classList.toggle("is-open", open);
  call.detailRow?.remove();
  call.detailRow = null;
  call.button.removeAttribute("aria-controls");
  if (!open) return;
  const { panel, settle } = buildDetail(call.number, call.id);
  panel.id = `panel-${call.number}`;
  call.button.setAttribute("aria-controls", panel.id);
  call.detailRow = make("tr", { role: "row", class: "opened", "data-number": call.number },
    make("td", { role: "cell", colspan: call.row.cells.length }, panel));
  call.row.after(call.detailRow);
  settle();
}

function toggleClicked(event, calls) {
  const row = event.target.closest("tr.call");
  const selecting = !event.target.closest("button") && String(window.getSelection());
  if (!row || event.target.closest("a") || selecting) return;
  const call = calls[Number(row.dataset.number)];
  setOpen(call, !call.detailRow);
  rememberLink(call);
}

function closeOnEscape(event, calls) {
  const row = event.key === "Escape" && event.target.closest("tr[data-number]");
  const call = row && calls[Number(row.dataset.number)];
  if (!call?.detailRow) return;
  setOpen(call, false);
  rememberLink(call);
  call.button.focus();
}

function linkedCall() {
  const hash = window.location.hash;
  if (!hash.startsWith("#call-")) return null;
  try {
    return decodeURIComponent(hash.slice("#call-".length));
  } catch {
    return null;
  }
}

// The address follows without a new entry in the history, so that "back" leaves the report.
function rememberLink(call) {
  if (call.detailRow) window.history.replaceState(null, "", hashOf(call.id));
  else if (linkedCall() === call.id) window.history.replaceState(null, "", window.location.pathname + window.location.search);
}

if (document.getElementById("calls")) startTable(document.getElementById("calls"));
