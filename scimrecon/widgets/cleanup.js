// Draw one column's values and clusters, and the recipe beside them; tell Python what was clicked or typed.
//
// No state is kept here but where the reader is (scroll position, active cell, what stands in a field). One module with dom.js,
// grid.js and cleanup_table.js.

const VALUE = 1;
const VALUES = [
  { key: "tick", label: "Tick" },
  { key: "value", label: "Value", sort: "value" },
  { key: "cells", label: "Cells", sort: "cells" },
  { key: "look", label: "Look at" },
  { key: "was", label: "In the file" },
];
const CLUSTERS = [
  { key: "tick", label: "Tick" },
  { key: "value", label: "Spelling to agree on", sort: "value" },
  { key: "cells", label: "Cells", sort: "cells" },
  { key: "many", label: "Values", sort: "many" },
  { key: "was", label: "Which they are" },
];
const METHODS = [
  ["fingerprint", "Same words (fingerprint)"],
  ["ngram", "Same pairs of letters (n-gram)"],
  ["nearest", "A slip of the pen (nearest)"],
];
const MAX_MAPPED = 50;

const field = (label, placeholder = "") => element("input", { type: "text", ariaLabel: label, placeholder });
const options = (pairs) => pairs.map(([value, label]) => element("option", { value, textContent: label }));

// Which column, which of its values, which clusters.
class Chooser {
  constructor(send) {
    this.send = send;
    const all = { view: "values", search: "", look: null, cluster: null, sort: null, descending: false };
    this.query = new Query((query) => send({ type: "query", ...query }), all, "Search values", "Search values");
    this.column = element("select", { ariaLabel: "Column" });
    this.view = element("select", { ariaLabel: "View" }, ...options([["values", "Values"], ["clusters", "Clusters"]]));
    this.look = element("select", { ariaLabel: "Look at" });
    this.all = button("All values", () => this.query.ask({ search: "", look: null, cluster: null }));
    this.by = element("select", { ariaLabel: "Find clusters by" }, ...options(METHODS));
    this.find = button("Find clusters", () => send({ type: "find", by: this.by.value }));
    this.cancel = button("Cancel", () => send({ type: "cancel" }));
    this.progress = element("progress", { max: 1, value: 0, ariaLabel: "Looking for clusters" });
    this.counts = element("span", { className: "counts", role: "status" });
    const first = element("div", { className: "toolbar" }, this.column, this.view, this.query.field, this.look, this.all);
    const second = element("div", { className: "toolbar" }, this.by, this.find, this.progress, this.cancel);
    this.el = element("div", {}, first, second, this.counts);
    this.column.addEventListener("change", () => send({ type: "column", name: this.names[this.column.selectedIndex] }));
    this.view.addEventListener("change", () => this.query.ask({ view: this.view.value, look: null, cluster: null, sort: null }));
    this.look.addEventListener("change", () => this.query.ask({ look: this.looks[this.look.selectedIndex] }));
  }

  sortBy(column) {
    const { sort, descending } = this.query.held;
    if (sort !== column) this.query.ask({ sort: column, descending: column !== "value" });
    else if (descending === (column !== "value")) this.query.ask({ descending: !descending });
    else this.query.ask({ sort: null, descending: false });
  }

  show({ column, columns, counts, query, looks, searching, problem }) {
    this.query.show(query);
    this.names = columns.map(([name]) => name);
    this.column.replaceChildren(...columns.map(([, shown]) => element("option", { textContent: shown })));
    this.column.selectedIndex = this.names.indexOf(column);
    this.view.value = query.view;
    this.looks = [null, ...looks.map(([name]) => name)];
    const labels = ["Look at all", ...looks.map(([, label, many]) => `${label} (${number(many)})`)];
    this.look.replaceChildren(...labels.map((textContent) => element("option", { textContent })));
    this.look.selectedIndex = this.looks.indexOf(query.look);
    this.look.hidden = query.view !== "values" || looks.length === 0;
    this.all.hidden = !query.search && !query.look && query.cluster === null;
    this.find.disabled = searching;
    this.cancel.hidden = this.progress.hidden = !searching;
    const blank = counts.blank ? ` · ${plural(counts.blank, "blank cell")}` : "";
    const clusters = counts.clusters ? ` · ${plural(counts.clusters, "cluster")}` : "";
    const shown = query.view === "values" && counts.rows < counts.values ? ` · ${number(counts.rows)} shown` : "";
    const state = searching ? " · looking for clusters" : problem ? ` · ${problem}` : "";
    this.counts.textContent = `${plural(counts.values, "value")}${blank}${clusters}${shown} · ${number(counts.ticked)} ticked${state}`;
  }

  tell({ share }) {
    this.progress.value = share;
  }
}

// What can be done with the ticked values, with the ticked clusters, and with the whole column.
class Actions {
  constructor(send, rows) {
    this.send = send;
    this.rows = rows;
    this.into = field("New value for the ticked ones", "New value");
    this.merge = button("Merge ticked", () => this.act({ type: "merge", into: this.into.value }));
    this.blank = button("Set blank", () => this.act({ type: "blank" }));
    this.map = button("Map…", () => this.openMap());
    this.look = button("Show its values", () => {});
    this.look.title = "The values of the active row's cluster, one by one (i)";
    this.agree = button("Merge ticked clusters", () => this.act({ type: "merge_clusters" }));
    this.tickAll = button("Tick all shown", () => send({ type: "tick_filtered" }));
    this.untick = button("Untick all", () => send({ type: "untick_all" }));
    this.trim = button("Trim", () => this.act({ type: "trim" }));
    this.trim.title = "Take surplus blanks from every value of the column, and compose accents";
    this.lower = button("lower case", () => this.act({ type: "case", case: "lower" }));
    this.upper = button("UPPER CASE", () => this.act({ type: "case", case: "upper" }));
    this.split = button("Split…", () => this.openSplit());
    this.undo = button("Undo", () => send({ type: "undo" }));
    this.redo = button("Redo", () => send({ type: "redo" }));
    this.form = element("div", { className: "form", hidden: true, role: "group" });
    const ticked = element("div", { className: "toolbar" }, this.into, this.merge, this.blank, this.map, this.agree, this.look, this.tickAll, this.untick);
    const whole = element("div", { className: "toolbar" }, this.trim, this.lower, this.upper, this.split, this.undo, this.redo);
    this.el = element("div", {}, ticked, whole, this.form);
    this.into.addEventListener("keydown", (event) => event.key === "Enter" && this.merge.click());
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target.tagName === "INPUT") this.form.querySelector("button").click();
    });
  }

  act(message) {
    this.close();
    this.send(message);
  }

  show({ counts, query, lines }) {
    const steps = lines.at(-1)?.step ?? 0;
    if (steps !== this.steps) { // what was asked for is done
      this.close();
      this.into.value = "";
    }
    this.steps = steps;
    const clustered = query.view === "clusters";
    for (const made of [this.into, this.merge, this.blank, this.map]) made.hidden = clustered;
    this.agree.hidden = this.look.hidden = !clustered;
    for (const made of [this.merge, this.blank, this.map, this.agree, this.untick]) made.disabled = counts.ticked === 0;
    this.merge.textContent = `Merge ticked (${number(counts.ticked)})`;
    this.agree.textContent = `Merge ticked clusters (${number(counts.ticked)})`;
    this.tickAll.textContent = `Tick all shown (${number(counts.rows)})`;
    this.tickAll.disabled = counts.rows === 0;
    this.undo.disabled = counts.undoable === 0;
    this.redo.disabled = counts.redoable === 0;
    if (counts.ticked === 0 && this.kind === "map") this.close();
  }

  close() {
    this.kind = null;
    this.form.hidden = true;
    this.form.replaceChildren();
  }

  open(kind, label, fields, act) {
    this.kind = kind;
    this.form.ariaLabel = label;
    this.form.replaceChildren(element("b", { textContent: label }), ...fields, button("Apply", act), button("Close", () => this.close()));
    this.form.hidden = false;
    this.form.querySelector("input").focus();
  }

  openSplit() {
    const separator = field("Separator", "Separator, such as ,");
    const into = field("Names of the new columns", "New columns: Last name | First name");
    this.open("split", "Split the column", [separator, into], () => {
      const names = into.value.split("|").map((name) => name.trim()).filter(Boolean);
      this.send({ type: "split", separator: separator.value, into: names });
    });
  }

  openMap() {
    const rows = this.rows().filter((row) => row.ticked).slice(0, MAX_MAPPED);
    const fields = rows.map((row) => field(`New value for ${row.value}`, row.value));
    const lines = rows.map((row, at) => element("label", {}, element("bdi", { textContent: `${row.value} →` }), fields[at]));
    this.open("map", "Map the ticked values in view", lines, () => {
      const filled = rows.map((row, at) => [row.id, fields[at].value]).filter(([, into]) => into);
      if (filled.length) this.send({ type: "map", ids: filled.map(([id]) => id), into: filled.map(([, into]) => into) });
    });
  }
}

// The steps so far, as pandas.
class RecipeList {
  constructor(send) {
    this.send = send;
    this.title = element("h3", {});
    this.list = element("ol", {});
    this.body = element("div", { className: "recipe-body", tabIndex: 0, role: "group", ariaLabel: "Steps as pandas" }, this.list);
    this.el = element("section", { className: "recipe", ariaLabel: "Recipe" }, this.title, this.body);
  }

  show({ lines }) {
    this.title.textContent = lines.length ? `Recipe: ${plural(lines.at(-1).step, "step")}` : "Recipe: no step yet";
    this.body.hidden = lines.length === 0;
    this.list.start = lines[0]?.step ?? 1;
    this.list.replaceChildren(...lines.map((line) => this.item(line)));
    this.body.scrollTop = this.body.scrollHeight;
  }

  item({ step, code, cells, gone, uncovered }) {
    const parts = [plural(cells, "cell"), gone ? `${number(gone)} gone` : "", uncovered ? `${number(uncovered)} not covered` : ""];
    const drop = button("Leave out", () => this.send({ type: "drop", step }));
    drop.ariaLabel = `Leave out step ${step}`;
    const told = element("span", { textContent: parts.filter(Boolean).join(", ") });
    return element("li", {}, element("code", { dir: "ltr", textContent: code }), told, drop);
  }
}

function render({ model, el }) {
  const send = (message) => model.send(message);
  const chooser = new Chooser(send);
  const table = new ValueTable(send, chooser);
  const actions = new Actions(send, () => [...table.rows.values()]);
  const recipe = new RecipeList(send);
  actions.look.addEventListener("click", () => table.open());
  const parts = [chooser, actions, table, recipe].map((part) => part.el);
  const root = element("div", { className: "scimrecon-preview scimrecon-cleanup", "data-lm-suppress-shortcuts": "true" }, ...parts);
  el.append(root);
  const answers = {
    state: (message) => {
      if (message.version < table.version) return;
      for (const part of [chooser, table, actions, recipe]) part.show(message);
    },
    window: (message) => table.showWindow(message),
    value: (message) => table.openEditor(message),
    progress: (message) => chooser.tell(message),
    error: (message) => table.refuse(message),
  };
  const listen = (message) => answers[message.type]?.(message);
  model.on("msg:custom", listen);
  send({ type: "ready" });
  return () => model.off("msg:custom", listen);
}

export default { render };
