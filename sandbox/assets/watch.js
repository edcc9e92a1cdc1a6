// Shows the requests, webhooks and records of the sandbox, and controls its clock and its faults.
"use strict";

const INTERVAL = 1000; // milliseconds between two updates
const MAX_ROWS = 50; // more would make the page tedious to use with the keyboard
const MAX_COLUMNS = 6;
const KEY_ITEM = "talkable-sandbox-key"; // other pages of this address can have items too

const $ = (id) => document.getElementById(id);
const newest = { requests: 0, webhooks: 0 };
let key = sessionStorage.getItem(KEY_ITEM) ?? "";
let isRunning = false;
let responsesSent = 0;
let problem = "";

/** Creates an element with properties and children. Text is never parsed as HTML. */
function element(name, properties = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  created.append(...children);
  return created;
}

/** Sends a request with the key and returns the result. */
async function send(method, path, body) {
  const headers = { Authorization: `Bearer ${key}` };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: method === "GET" ? undefined : JSON.stringify(body ?? {}) });
  const envelope = await response.json();
  if (!envelope.ok) throw new Error(envelope.error_message);
  return envelope.result;
}

function say(message) {
  $("message").textContent = message;
}

/** Returns a listener that runs an action and reports its failure. */
function reporting(action, message) {
  return async (event) => {
    event?.preventDefault();
    try {
      await action();
      if (message) say(message);
    } catch (error) {
      say(`Failed: ${error.message}`);
    }
  };
}

function button(label, description, action, message) {
  const created = element("button", { type: "button", ariaLabel: `${label}: ${description}` }, label);
  created.addEventListener("click", reporting(action, message));
  return created;
}

const clockTime = (time) => new Date(time).toISOString().slice(11, 19);
const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function indented(body) {
  try {
    return pretty(JSON.parse(body));
  } catch {
    return body;
  }
}

function show(title, parts) {
  $("details-title").textContent = title;
  const sections = Object.entries(parts).flatMap(([name, text]) => {
    const label = element("h3", {}, name);
    return [label, element("pre", { tabIndex: 0, ariaLabel: name }, text || "(empty)")];
  });
  $("parts").replaceChildren(...sections);
  $("details").showModal();
}

function requestRow(entry) {
  const name = `${entry.method} ${entry.path}`;
  const open = async () => {
    const { request } = await send("GET", `requests/${entry.id}`);
    show(name, { Request: indented(request.request), Response: indented(request.response) });
  };
  const failed = entry.status === null || entry.status >= 400 ? "failed" : "";
  return element(
    "tr",
    {},
    element("td", {}, clockTime(entry.time)),
    element("td", {}, entry.method),
    element("td", {}, entry.path),
    element("td", { className: failed }, String(entry.status ?? "none")),
    element("td", {}, entry.milliseconds.toFixed(1)),
    element("td", {}, button("Show", `${name}, request ${entry.id}`, open)),
  );
}

function webhookRow(entry) {
  const open = async () => {
    const { webhook } = await send("GET", `webhooks/${entry.id}`);
    show(entry.type, { Payload: pretty(webhook.payload), Response: pretty(webhook.response) });
  };
  const resend = () => send("POST", `webhooks/${entry.id}/resend`);
  const name = `${entry.type}, webhook ${entry.id}`;
  return element(
    "tr",
    {},
    element("td", {}, clockTime(entry.time)),
    element("td", {}, entry.site_slug),
    element("td", {}, entry.type),
    element("td", { className: entry.is_delivered ? "" : "failed" }, entry.result),
    element("td", {}, entry.milliseconds.toFixed(1)),
    element("td", {}, button("Show", name, open), button("Resend", name, resend, `Queued ${entry.type} again.`)),
  );
}

/** Adds the entries that are not shown yet. Existing rows are kept, so that the focus does not move. */
async function update(kind, row) {
  const entries = (await send("GET", `${kind}?after=${newest[kind]}`))[kind];
  for (const entry of entries) {
    newest[kind] = entry.id;
    $(kind).prepend(row(entry));
  }
  while ($(kind).rows.length > MAX_ROWS) $(kind).lastElementChild.remove();
}

function options(select, names) {
  const shown = [...select.options].map((option) => option.value);
  if (shown.join() !== names.join()) {
    select.replaceChildren(...names.map((name) => element("option", { value: name }, name.replaceAll("_", " "))));
  }
}

let lastRecords = "";

async function updateRecords() {
  const query = new URLSearchParams({ site_slug: $("site").value, kind: $("kind").value });
  const { records, total } = await send("GET", `records?${query}`);
  const text = JSON.stringify(records);
  if (text === lastRecords) return;
  lastRecords = text;
  $("count").textContent = `${total} in total; the ${records.length} newest are shown.`;
  const isScalar = (value) => value !== null && typeof value !== "object";
  const names = [...new Set(records.flatMap((record) => Object.keys(record).filter((name) => isScalar(record[name]))))];
  const first = ["id", "email", "status", "code", "name"].filter((name) => names.includes(name));
  const columns = [...new Set([...first, ...names])].slice(0, MAX_COLUMNS);
  const heads = [...columns, "details"].map((name) => element("th", { scope: "col" }, name.replaceAll("_", " ")));
  $("columns").replaceChildren(element("tr", {}, ...heads));
  const rows = records.map((record, index) => {
    const name = `${$("kind").value} ${record.id ?? record.email ?? index + 1}`;
    const cells = columns.map((column) => element("td", {}, String(record[column] ?? "")));
    return element("tr", {}, ...cells, element("td", {}, button("Show", name, () => show(name, { Record: pretty(record) }))));
  });
  $("records").replaceChildren(...rows);
}

async function updateState() {
  const state = await send("GET", "state");
  $("now").textContent = state.now.slice(0, 19).replace("T", " ") + " UTC";
  $("now").dateTime = state.now;
  options($("site"), Object.keys(state.sites));
  return state;
}

async function showFaults() {
  const faults = await send("GET", "faults");
  const fields = Object.entries(faults).map(([name, value]) => {
    const input = element("input", { id: `fault-${name}`, name, type: "number", min: "0", step: "any", value: value ?? "" });
    return element("div", {}, element("label", { htmlFor: input.id }, name.replaceAll("_", " ")), input);
  });
  $("settings").replaceChildren(...fields);
}

async function applyFaults() {
  const given = [...new FormData($("faults"))].filter(([, value]) => value !== "");
  await send("PUT", "faults", Object.fromEntries(given.map(([name, value]) => [name, Number(value)])));
}

async function run() {
  isRunning = true;
  let current = "";
  try {
    const state = await updateState();
    // The sandbox has been restarted, so its ids start at 1 again.
    if (state.responses_sent < responsesSent) location.reload();
    responsesSent = state.responses_sent;
    await Promise.all([update("requests", requestRow), update("webhooks", webhookRow), updateRecords()]);
  } catch (error) {
    current = `The sandbox does not respond: ${error.message}`;
  }
  // Screen readers announce each change, so the message must not be set again every second.
  if (current !== problem) say(current || "The sandbox responds again.");
  problem = current;
  setTimeout(run, INTERVAL);
}

async function connect() {
  const { kinds } = await send("GET", "records");
  options($("kind"), kinds);
  await showFaults();
  await updateState();
  sessionStorage.setItem(KEY_ITEM, key);
  $("login").hidden = true;
  $("content").hidden = false;
  if (!isRunning) run();
}

$("login").addEventListener("submit", (event) => {
  key = $("key").value;
  reporting(connect, "Connected.")(event);
});
for (const control of document.querySelectorAll("[data-seconds]")) {
  const advance = async () => {
    await send("POST", "clock", { seconds: Number(control.dataset.seconds) });
    await updateState();
  };
  control.addEventListener("click", reporting(advance, `Advanced the clock: ${control.textContent}.`));
}
for (const id of ["site", "kind"]) $(id).addEventListener("change", reporting(updateRecords));
$("faults").addEventListener("submit", reporting(applyFaults, "Applied the faults."));
const switchOff = async () => {
  await send("PUT", "faults", {});
  await showFaults();
};
$("off").addEventListener("click", reporting(switchOff, "Switched all faults off."));
if (key) reporting(connect, "Connected.")();
