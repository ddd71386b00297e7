// Draw the window of rows that Python sends, and tell Python what was clicked or typed.
//
// No state is kept here but where the reader is (scroll position, active cell, open editor) and the rows last sent.
// Everything that comes from data goes in as text (textContent), never as markup.

const PATIENCE_MS = 4_000;
const SILENT =
  "The kernel does not answer. If it is busy, what you click is done when it is free. If it was restarted or lost, run the cells " +
  "again: what was ticked is kept, and the new preview offers it, as does preview.recall().";

const CHANGES = [
  { key: "tick", label: "Tick" },
  { key: "user", label: "User", sort: "user_name" },
  { key: "path", label: "Attribute", sort: "path" },
  { key: "before", label: "Before", sort: "before" },
  { key: "after", label: "After", sort: "after" },
  { key: "kind", label: "Kind", sort: "kind" },
  { key: "status", label: "Status", sort: "status" },
  { key: "why", label: "Problem" },
];
const AFTER = CHANGES.findIndex((column) => column.key === "after");
const groups = (label) => [
  { key: "tick", label: "Tick" },
  { key: "group", label, sort: "group" },
  { key: "changes", label: "Changes", sort: "changes" },
  { key: "users", label: "Users" },
  { key: "tickable", label: "Can be ticked" },
  { key: "ticked", label: "Ticked" },
  { key: "unusual", label: "Look at" },
  { key: "such_as", label: "Such as" },
];
const VIEWS = [
  { by: null, label: "Every change", columns: CHANGES },
  { by: "pattern", label: "By pattern", columns: groups("Pattern") },
  { by: "path", label: "By attribute", columns: groups("Attribute") },
  { by: "user", label: "By user", columns: groups("User") },
];
const FACETS = [
  { key: "path", label: "Attribute", all: "All attributes" },
  { key: "kind", label: "Kind", all: "All kinds" },
  { key: "status", label: "Status", all: "All statuses" },
  { key: "flag", label: "Flag", all: "All flags" },
  { key: "pattern", label: "Pattern", all: "All patterns" },
];
const NO_FILTER = { search: "", path: null, kind: null, status: null, flag: null, pattern: null, user: null };

class Toolbar {
  constructor(send) {
    this.send = send;
    const all = { ...NO_FILTER, by: null, sort: null, descending: false };
    this.query = new Query((query) => send({ type: "query", ...query }), all, "Search user, attribute, value", "Search changes");
    this.view = element("select", { ariaLabel: "View" }, ...VIEWS.map(({ label }) => element("option", { textContent: label })));
    this.facets = Object.fromEntries(FACETS.map(({ key, label }) => [key, element("select", { ariaLabel: label })]));
    this.clear = button("Clear filters", () => this.query.ask(NO_FILTER));
    this.tick = button("", () => send({ type: "tick_filtered" }));
    this.untick = button("Untick all filtered", () => send({ type: "untick_filtered" }));
    this.routine = button("Tick routine", () => send({ type: "tick_routine" }));
    this.routine.title = "Tick what needs no second look: no clears, no logins, nothing unusual";
    this.undo = button("Undo", () => send({ type: "undo" }));
    this.redo = button("Redo", () => send({ type: "redo" }));
    this.look = button("Show user", () => {});
    this.look.title = "What the PUT of the active row's user would carry, and why (i)";
    this.counts = element("span", { className: "counts", role: "status" });
    this.standing = element("div", { className: "standing", role: "status" });
    const choices = element("div", { className: "toolbar" }, this.query.field, this.view, ...Object.values(this.facets), this.clear);
    const acts = element("div", { className: "toolbar" }, this.tick, this.untick, this.routine, this.undo, this.redo, this.look);
    this.el = element("div", {}, choices, acts, this.counts);
    this.view.addEventListener("change", () => this.query.ask({ by: VIEWS[this.view.selectedIndex].by, sort: null, descending: false }));
    for (const [name, select] of Object.entries(this.facets)) {
      select.addEventListener("change", () => this.query.ask({ [name]: select.choices[select.selectedIndex] }));
    }
  }

  sortBy(column) {
    const { sort, descending } = this.query.held;
    if (sort !== column) this.query.ask({ sort: column, descending: false });
    else if (!descending) this.query.ask({ descending: true });
    else this.query.ask({ sort: null, descending: false });
  }

  show({ counts, query, facets, standing }) {
    this.query.show(query);
    this.view.selectedIndex = VIEWS.findIndex(({ by }) => by === query.by);
    for (const { key, all } of FACETS) this.choose(this.facets[key], all, facets[key], query[key]);
    this.clear.hidden = Object.keys(NO_FILTER).every((name) => !query[name]);
    this.tick.textContent = `Tick all filtered (${number(counts.filtered_tickable)})`;
    this.tick.disabled = counts.filtered_tickable === 0;
    this.untick.disabled = counts.ticked === 0;
    this.undo.disabled = counts.undoable === 0;
    this.redo.disabled = counts.redoable === 0;
    const shown = counts.filtered < counts.changes ? ` · ${number(counts.filtered)} shown` : "";
    const edited = counts.edited ? ` · ${number(counts.edited)} edited` : "";
    this.counts.textContent =
      `${number(counts.ticked)} of ${plural(counts.changes, "change")} ticked, ${plural(counts.ticked_users, "user")}${shown}${edited}`;
    const parts = standing.map(({ text, over }) => element("span", { className: over ? "over" : "", textContent: over ? `⚠ ${text}` : text }));
    this.standing.replaceChildren(...parts);
  }

  choose(select, all, facet, chosen) {
    const offered = chosen === null || facet.some(([value]) => value === chosen) ? facet : [[chosen, 0], ...facet];
    const labels = [all, ...offered.map(([value, count]) => `${value.replaceAll("_", " ")} (${number(count)})`)];
    select.choices = [null, ...offered.map(([value]) => value)];
    select.replaceChildren(...labels.map((textContent) => element("option", { textContent })));
    select.selectedIndex = select.choices.indexOf(chosen);
    select.classList.toggle("chosen", chosen !== null);
    select.hidden = facet.length === 0;
  }
}

// What stands above the table when the kernel does not answer, or an earlier preview left choices.
class Notice {
  constructor(recall) {
    this.words = element("span");
    this.recall = button("Take them up", recall);
    this.el = element("div", { className: "notice", role: "status", hidden: true }, this.words, this.recall);
    this.kept = { offer: null, problem: "" };
  }

  expect() {
    this.timer ??= setTimeout(() => this.say(SILENT, false), PATIENCE_MS);
  }

  hear({ kept = this.kept }) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.kept = kept;
    const { offer, problem } = kept;
    this.say(problem ? `What you tick is not kept beyond this kernel (${problem}): preview.save(path) does so.` : offer ? `${offer} were kept. ` : "", !problem && offer);
  }

  say(words, offered) {
    if (this.words.textContent !== words) this.words.textContent = words;
    this.recall.hidden = !offered;
    this.el.hidden = !words;
  }
}

function render({ model, el }) {
  const notice = new Notice(() => send({ type: "recall" }));
  const send = (message) => {
    notice.expect();
    return model.send(message);
  };
  const toolbar = new Toolbar(send);
  const table = new Table(send, toolbar);
  const drawer = new UserDrawer(send, () => table.grid.focus({ preventScroll: true }));
  table.drawer = drawer;
  toolbar.look.addEventListener("click", () => table.look());
  const root = element("div", { className: "scimrecon-preview", "data-lm-suppress-shortcuts": "true" }, notice.el, toolbar.el, table.el, toolbar.standing, drawer.el);
  el.append(root);
  const answers = {
    state: (message) => { toolbar.show(message); table.show(message); drawer.refresh(); },
    user: (message) => drawer.show(message),
    window: (message) => table.showWindow(message),
    value: (message) => table.openEditor({ id: message.change_id, value: message.value }),
    error: (message) => table.refuse(message),
  };
  const listen = (message) => {
    notice.hear(message);
    answers[message.type]?.(message);
  };
  model.on("msg:custom", listen);
  const first = model.get?.("first_rows");
  if (first?.type) answers.state(first);
  send({ type: "ready" });
  return () => {
    notice.hear({});
    model.off("msg:custom", listen);
  };
}

export default { render };
