// What a row says, and which rows a filter lets through in which order.

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function readRow(row) {
  const data = row.dataset;
  const quote = row.querySelector("q")?.textContent ?? "";
  const button = row.querySelector(".open");
  button.disabled = false;
  return {
    row, button, detailRow: null, number: Number(data.number), id: data.call, queue: data.queue, agent: data.agent,
    priority: data.priority, triggers: data.triggers ? data.triggers.split("\n") : [], first: Number(data.first),
    warranted: Number(data.warranted), missed: data.missed === "1", escalated: data.escalated === "1",
    repeat: data.repeat === "1", group: data.group ?? "", chance: Number(data.chance),
    text: plain([data.call, quote, data.queue, data.agent, data.group ?? ""].join("\n")),
  };
}

function readFilter(field) {
  return { text: plain(field("search").value.trim()), priority: field("priority").value, trigger: field("trigger").value,
    queue: field("queue").value, missed: field("missed")?.checked, repeat: field("repeat")?.checked };
}

function passes(call, filter) {
  return (!filter.missed || call.missed) && (!filter.repeat || call.repeat) && (!filter.priority || call.priority === filter.priority)
    && (!filter.trigger || call.triggers.includes(filter.trigger)) && (!filter.queue || `=${call.queue}` === filter.queue)
    && (!filter.text || call.text.includes(filter.text));
}

const LARGEST_FIRST = new Set(["priority", "triggers", "warranted", "escalated", "repeat", "chance"]);
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const compareText = (one, other) => (!one - !other) || collator.compare(one, other);
const COMPARE = {
  priority: (one, other) => other.number - one.number,
  call: (one, other) => compareText(one.id, other.id),
  queue: (one, other) => compareText(one.queue, other.queue),
  agent: (one, other) => compareText(one.agent, other.agent),
  first: (one, other) => one.first - other.first,
  triggers: (one, other) => one.triggers.length - other.triggers.length,
  repeat: (one, other) => (one.repeat - other.repeat) || compareText(one.group, other.group),
  chance: (one, other) => one.chance - other.chance,
  warranted: (one, other) => one.warranted - other.warranted,
  escalated: (one, other) => (one.missed - other.missed) || (other.escalated - one.escalated),
};

function compareBy({ sort, descending }) {
  const sign = descending ? -1 : 1;
  return (one, other) => sign * COMPARE[sort](one, other) || one.number - other.number;
}
