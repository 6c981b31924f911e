// The audit sample opens like the calls of the list; it is neither filtered nor sorted.

function startAudit(table) {
  const calls = [...table.tBodies[0].rows].map((row) => {
    const button = row.querySelector(".open");
    button.disabled = false;
    return { row, button, detailRow: null, number: Number(row.dataset.number), id: row.dataset.call };
  });
  const byNumber = new Map(calls.map((call) => [call.number, call]));

  function openLinked() {
    const call = calls.find((each) => each.id === linkedCall());
    if (!call) return;
    setOpen(call, true);
    call.row.scrollIntoView();
    call.button.focus({ preventScroll: true });
  }

  table.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr.call");
    const selecting = !event.target.closest("button") && String(window.getSelection());
    if (!row || event.target.closest("a") || selecting) return;
    const call = byNumber.get(Number(row.dataset.number));
    setOpen(call, !call.detailRow);
    rememberLink(call);
  });
  window.addEventListener("hashchange", openLinked);
  openLinked();
}

if (document.getElementById("audit-calls")) startAudit(document.getElementById("audit-calls"));
