// Draw the window of rows that Python sends, and tell Python what was clicked or typed.
//
// No state is kept here but where the reader is (scroll position, active cell, open editor) and the rows last sent.
// Everything that comes from data goes in as text (textContent), never as markup.

const ROW_PX = 28;
const VISIBLE_ROWS = 14;
const BLOCK_ROWS = 100;
const MAX_SCROLL_PX = 8_000_000; // browsers cap an element's height; beyond this the scroll bar is proportional
const MAX_KEPT_ROWS = 20_000;
const SEARCH_DELAY_MS = 250;

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

let views = 0;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const number = (value) => value.toLocaleString("en");
const plural = (value, word) => `${number(value)} ${word}${value === 1 ? "" : "s"}`;

const button = (label, act) => {
  const made = element("button", { type: "button", textContent: label });
  made.addEventListener("click", act);
  return made;
};

class Toolbar {
  constructor(send) {
    this.send = send;
    this.query = { ...NO_FILTER, by: null, sort: null, descending: false };
    this.search = element("input", { type: "search", placeholder: "Search user, attribute, value", ariaLabel: "Search changes" });
    this.view = element("select", { ariaLabel: "View" }, ...VIEWS.map(({ label }) => element("option", { textContent: label })));
    this.facets = Object.fromEntries(FACETS.map(({ key, label }) => [key, element("select", { ariaLabel: label })]));
    this.clear = button("Clear filters", () => this.ask(NO_FILTER));
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
    const choices = element("div", { className: "toolbar" }, this.search, this.view, ...Object.values(this.facets), this.clear);
    const acts = element("div", { className: "toolbar" }, this.tick, this.untick, this.routine, this.undo, this.redo, this.look);
    this.el = element("div", {}, choices, acts, this.counts);
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask({ search: this.search.value }), SEARCH_DELAY_MS);
    });
    this.view.addEventListener("change", () => this.ask({ by: VIEWS[this.view.selectedIndex].by, sort: null, descending: false }));
    for (const [name, select] of Object.entries(this.facets)) {
      select.addEventListener("change", () => this.ask({ [name]: select.choices[select.selectedIndex] }));
    }
  }

  ask(change) {
    clearTimeout(this.timer);
    this.query = { ...this.query, search: this.search.value, ...change };
    this.send({ type: "query", ...this.query });
  }

  sortBy(column) {
    const { sort, descending } = this.query;
    if (sort !== column) this.ask({ sort: column, descending: false });
    else if (!descending) this.ask({ descending: true });
    else this.ask({ sort: null, descending: false });
  }

  show({ counts, query, facets, standing }) {
    this.query = query;
    if (this.search.getRootNode().activeElement !== this.search) this.search.value = query.search;
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

class Table {
  constructor(send, toolbar) {
    this.send = send;
    this.toolbar = toolbar;
    this.by = null;
    this.columns = CHANGES;
    this.name = `scimrecon-${++views}`;
    this.rows = new Map();
    this.asked = new Set();
    this.total = 0;
    this.version = -1;
    this.order = -1;
    this.active = { row: 0, column: 1 };
    this.heads = CHANGES.map((column, at) => this.head(at));
    this.pool = Array.from({ length: VISIBLE_ROWS + 1 }, (_, at) => this.line(at));
    this.body = element("div", { className: "body", role: "rowgroup" }, ...this.pool.map((line) => line.el));
    const header = element("div", { className: "row header", role: "row", ariaRowIndex: "1" }, ...this.heads);
    this.frame = element("div", { className: "frame", role: "presentation" }, element("div", { role: "rowgroup" }, header), this.body);
    this.spacer = element("div", { role: "presentation" }, this.frame);
    this.grid = element("div", {
      className: "grid", role: "grid", tabIndex: 0, ariaLabel: "Changes", ariaMultiSelectable: "true", ariaColCount: String(CHANGES.length),
    }, this.spacer);
    this.empty = element("div", { className: "empty", textContent: "No change fits the search and filters." });
    this.note = element("div", { className: "note", role: "status" });
    this.el = element("div", { className: "table" }, this.grid, this.empty, this.note);
    this.relabel(null);
    this.listen();
  }

  head(at) {
    const head = element("div", { role: "columnheader", id: `${this.name}-head-${at}`, ariaColIndex: String(at + 1) });
    head.addEventListener("click", () => this.columns[at].sort && this.toolbar.sortBy(this.columns[at].sort));
    return head;
  }

  // the same cells show changes, or groups of them
  relabel(by) {
    this.by = by;
    this.columns = VIEWS.find((view) => view.by === by).columns;
    this.grid.classList.toggle("grouped", by !== null);
    this.grid.ariaLabel = by === null ? "Changes" : `Changes by ${by === "path" ? "attribute" : by}`;
    this.columns.forEach(({ key, label, sort }, at) => {
      this.heads[at].className = `cell ${key}${sort ? " sortable" : ""}`;
      this.heads[at].textContent = label;
      this.heads[at].title = sort ? `Sort by ${label.toLowerCase()}` : "";
      for (const line of this.pool) line.cells[at].className = `cell ${key}`;
    });
    for (const line of this.pool) {
      line.row = null;
      line.el.title = "";
      for (const cell of line.cells) cell.title = "";
    }
  }

  line(at) {
    const cells = CHANGES.map((_, index) =>
      element("div", { role: "gridcell", id: `${this.name}-${at}-${index}`, ariaColIndex: String(index + 1) }));
    const box = element("input", { type: "checkbox", tabIndex: -1 });
    cells[0].append(box);
    const el = element("div", { className: "row", role: "row" }, ...cells);
    const line = { el, cells, box, row: null, at: null };
    box.addEventListener("mousedown", (event) => event.preventDefault()); // the focus belongs to the grid
    box.addEventListener("click", (event) => {
      event.preventDefault(); // Python decides what is ticked; its answer sets the box
      event.stopPropagation();
      this.grid.focus({ preventScroll: true });
      this.activate(line.at, 0);
      this.toggle(line.row);
    });
    cells.forEach((cell, index) => cell.addEventListener("click", () => line.row && this.activate(line.at, index)));
    cells.slice(1).forEach((cell, index) =>
      cell.addEventListener("dblclick", () => line.row && (this.by !== null || index + 1 === AFTER) && this.enter()));
    return line;
  }

  listen() {
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
    this.grid.addEventListener("focus", () => this.say());
  }

  // Python's word on everything, with the rows in view
  show(state) {
    if (state.version < this.version) return;
    const reordered = state.order !== this.order;
    this.version = state.version;
    this.order = state.order;
    this.total = state.counts.rows;
    if (reordered) this.rows.clear();
    if (state.query.by !== this.by) this.relabel(state.query.by);
    this.asked.clear();
    this.keep(state.window);
    const shown = Math.min(VISIBLE_ROWS, Math.max(3, this.by === null ? state.counts.changes : this.total));
    this.grid.style.height = `${(shown + 1) * ROW_PX + 2}px`;
    this.frame.style.height = `${(shown + 1) * ROW_PX}px`;
    this.spacer.style.height = `${this.scrollHeight() + ROW_PX}px`;
    this.grid.ariaRowCount = String(this.total + 1);
    this.empty.hidden = this.total > 0;
    this.heads.forEach((head, at) => {
      const sorted = this.columns[at].sort && this.columns[at].sort === state.query.sort;
      head.ariaSort = sorted ? (state.query.descending ? "descending" : "ascending") : "none";
    });
    if (reordered) {
      this.grid.scrollTop = 0;
      this.active.row = 0;
    }
    if (this.editor?.sent) this.endEdit();
    this.draw();
    this.say();
  }

  // what Python would not do; an editor stays open so that nothing typed is lost
  refuse({ text: reason }) {
    if (this.editor) this.editor.sent = false;
    this.say(reason);
  }

  showWindow({ version, window }) {
    if (version !== this.version) return;
    this.keep(window);
    this.draw();
  }

  keep({ start, rows }) {
    if (this.rows.size > MAX_KEPT_ROWS) {
      this.rows.clear();
      this.asked.clear();
    }
    rows.forEach((row, at) => this.rows.set(start + at, { ...row, version: this.version }));
  }

  scrollHeight() {
    return Math.min(this.total * ROW_PX, MAX_SCROLL_PX);
  }

  visibleRows() {
    return Math.max(1, this.grid.clientHeight / ROW_PX - 1);
  }

  firstRow() {
    const hidden = this.scrollHeight() - this.visibleRows() * ROW_PX;
    return hidden <= 0 ? 0 : Math.min(1, this.grid.scrollTop / hidden) * Math.max(0, this.total - this.visibleRows());
  }

  scrollTo(row) {
    const visible = Math.floor(this.visibleRows());
    const first = this.firstRow();
    const wanted = row < first ? row : row > first + visible - 1 ? row - visible + 1 : first;
    if (wanted === first) return;
    const hidden = this.scrollHeight() - this.visibleRows() * ROW_PX;
    this.grid.scrollTop = Math.ceil((wanted / Math.max(1, this.total - this.visibleRows())) * hidden);
  }

  draw() {
    const first = this.firstRow();
    const top = Math.floor(first);
    this.body.style.transform = `translateY(${-Math.round((first - top) * ROW_PX)}px)`;
    this.pool.forEach((line, at) => this.fill(line, top + at));
    this.request(top, Math.min(this.total, top + this.pool.length));
    this.heads.forEach((head, index) => head.classList.toggle("active", this.active.row === -1 && index === this.active.column));
    const cells = this.active.row === -1 ? this.heads : this.pool.find((line) => line.at === this.active.row && line.row)?.cells;
    if (cells) this.grid.setAttribute("aria-activedescendant", cells[this.active.column].id);
    else this.grid.removeAttribute("aria-activedescendant");
    this.placeEditor();
  }

  request(from, to) {
    const missing = [];
    for (let row = from; row < to; row++) if (this.rows.get(row)?.version !== this.version) missing.push(row);
    const blocks = new Set(missing.map((row) => Math.floor(row / BLOCK_ROWS)));
    for (const block of blocks) {
      if (this.asked.has(block)) continue;
      this.asked.add(block);
      this.send({ type: "window", start: block * BLOCK_ROWS, count: BLOCK_ROWS });
    }
  }

  fill(line, at) {
    const row = at < this.total ? this.rows.get(at) : undefined;
    line.el.hidden = at >= this.total;
    line.at = at;
    line.el.ariaRowIndex = String(at + 2);
    line.el.classList.toggle("odd", at % 2 === 1);
    line.el.classList.toggle("active", at === this.active.row);
    line.cells.forEach((cell, index) => cell.classList.toggle("active", at === this.active.row && index === this.active.column));
    if (line.row === row && row) return;
    line.row = row ?? null;
    line.el.ariaBusy = String(!row);
    line.box.hidden = !row;
    if (!row) {
      line.cells.slice(1).forEach((cell) => cell.replaceChildren());
      return;
    }
    if (this.by === null) this.write(line, row);
    else this.writeGroup(line, row);
  }

  writeGroup(line, row) {
    line.box.checked = row.tickable > 0 && row.ticked === row.tickable;
    line.box.indeterminate = row.ticked > 0 && row.ticked < row.tickable;
    line.box.disabled = row.tickable === 0;
    line.box.ariaLabel = `The ${plural(row.tickable, "change")} of ${row.group} that can be ticked`;
    line.el.ariaSelected = row.tickable > 0 ? String(line.box.checked) : null;
    line.el.classList.toggle("ticked", row.ticked > 0);
    line.el.classList.toggle("barred", row.tickable === 0);
    this.columns.slice(1).forEach(({ key }, at) => {
      const cell = line.cells[at + 1];
      text(cell, typeof row[key] === "number" ? number(row[key]) : row[key]);
      cell.title = cell.textContent;
    });
  }

  write(line, row) {
    line.box.indeterminate = false;
    const [, user, path, before, after, kind, status, why] = line.cells;
    line.box.checked = row.ticked;
    line.box.disabled = !row.tickable;
    line.box.ariaLabel = `${row.path} of ${row.user}`;
    line.el.ariaSelected = row.tickable ? String(row.ticked) : null;
    line.el.classList.toggle("ticked", row.ticked);
    line.el.classList.toggle("barred", !row.tickable);
    text(user, row.user);
    text(path, row.path);
    value(before, "del", row.before, "none");
    value(after, "ins", row.after, row.after === "" ? "cleared" : "none");
    text(kind, row.kind.replaceAll("_", " "));
    text(status, [row.status, row.flags].filter(Boolean).join(" · "));
    text(why, row.why);
    line.el.title = row.why; // where a row cannot be ticked the reason is what a reader points at it for
    for (const cell of line.cells.slice(1)) {
      if (row.why) cell.removeAttribute("title");
      else cell.title = cell.textContent;
    }
    if (row.edited) after.title = `${row.after}\nedited; the export says: ${row.was ?? "nothing"}`;
  }

  activate(row, column) {
    this.active = { row, column };
    this.draw();
    this.say();
  }

  move(rows, columns) {
    const row = Math.max(-1, Math.min(this.total - 1, this.active.row + rows)); // -1 is the header
    const column = Math.max(0, Math.min(CHANGES.length - 1, this.active.column + columns));
    this.active = { row, column };
    this.scrollTo(row);
    this.scrollAcross(this.heads[column]);
    this.draw();
    this.say();
  }

  // a narrow cell of the notebook shows some of the columns
  scrollAcross({ offsetLeft: left, offsetWidth: width }) {
    const { scrollLeft, clientWidth } = this.grid;
    if (left < scrollLeft) this.grid.scrollLeft = left;
    else if (left + width > scrollLeft + clientWidth) this.grid.scrollLeft = left + width - clientWidth;
  }

  toggle(row) {
    if (!row) return;
    if (this.by !== null) this.toggleGroup(row);
    else if (row.tickable) this.send({ type: row.ticked ? "untick" : "tick", ids: [row.id] });
    else this.say(row.why);
  }

  toggleGroup(row) {
    if (row.tickable === 0) this.say("No change of this group can be ticked; Enter shows them, each with its problem.");
    else this.send({ type: row.ticked < row.tickable ? "tick_group" : "untick_group", by: this.by, value: row.id });
  }

  look() {
    const row = this.rows.get(this.active.row);
    if (!row) return;
    if (this.by === null) this.drawer.open(row.user_id);
    else if (this.by === "user") this.drawer.open(row.id);
    else this.say("Enter shows the changes of this group; i on one of them shows its user.");
  }

  // into a group, or into a value
  enter() {
    const row = this.rows.get(this.active.row);
    if (this.by === null) this.startEdit();
    else if (row) this.toolbar.ask({ [this.by]: row.id, by: null, sort: null, descending: false });
  }

  onKey(event) {
    if (event.target !== this.grid || event.altKey) return;
    const letter = event.ctrlKey || event.metaKey ? event.key.toLowerCase() : "";
    if (letter === "z" || letter === "y") {
      event.preventDefault();
      this.send({ type: letter === "y" || event.shiftKey ? "redo" : "undo" });
      return;
    }
    if (event.metaKey) return;
    const head = this.active.row === -1 ? this.heads[this.active.column] : null;
    const page = Math.floor(this.visibleRows());
    const actions = {
      ArrowDown: () => this.move(1, 0),
      ArrowUp: () => this.move(-1, 0),
      ArrowRight: () => this.move(0, 1),
      ArrowLeft: () => this.move(0, -1),
      PageDown: () => this.move(page, 0),
      PageUp: () => this.move(-page, 0),
      Home: () => (event.ctrlKey ? this.move(-this.total, -CHANGES.length) : this.move(0, -CHANGES.length)),
      End: () => (event.ctrlKey ? this.move(this.total, CHANGES.length) : this.move(0, CHANGES.length)),
      " ": () => (head ? head.click() : this.toggle(this.rows.get(this.active.row))),
      Enter: () => (head ? head.click() : this.enter()),
      Escape: () => this.leave(),
      i: () => this.look(),
    };
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // JupyterLab's own keys work again once the cell around the widget has the focus
  leave() {
    this.grid.blur();
    this.el.closest("[tabindex]")?.focus({ preventScroll: true });
  }

  startEdit() {
    const row = this.rows.get(this.active.row);
    if (!row || this.editor) return;
    if (row.editable) this.send({ type: "value", change_id: row.id }); // what is drawn may be cut, or spelled out
    else this.say(row.why);
  }

  openEditor({ change_id: id, value: full }) {
    const line = this.pool.find((each) => each.row?.id === id);
    if (!line || this.editor) return;
    const area = element("textarea", { value: full ?? "", rows: 1, ariaLabel: `After: ${line.row.path} of ${line.row.user}` });
    this.editor = { id, area, started: area.value, sent: false };
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.endEdit();
      else if (event.key === "Enter" && !event.shiftKey) this.commit();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    area.addEventListener("blur", () => this.editor?.area === area && this.commit());
    this.body.append(area);
    this.placeEditor();
    area.focus({ preventScroll: true });
    area.select();
    this.say("Enter keeps the value (empty clears the attribute), Escape leaves it as it was.");
  }

  // the editor lies over its cell, because rows are drawn anew while it is open
  placeEditor() {
    if (!this.editor) return;
    const line = this.pool.find((each) => each.row?.id === this.editor.id && !each.el.hidden);
    const cell = line?.cells[AFTER];
    Object.assign(this.editor.area.style, cell
      ? { visibility: "visible", top: `${line.el.offsetTop}px`, left: `${cell.offsetLeft}px`, width: `${cell.offsetWidth}px` }
      : { visibility: "hidden" });
  }

  commit() {
    const { id, area, started, sent } = this.editor;
    if (sent) return;
    if (area.value === started) return this.endEdit();
    this.editor.sent = true;
    this.send({ type: "edit", change_id: id, value: area.value });
  }

  endEdit() {
    const { area } = this.editor;
    const focused = area.getRootNode().activeElement === area;
    this.editor = null;
    area.remove();
    if (focused) this.grid.focus({ preventScroll: true });
    this.say();
  }

  // one line under the table: an error, or why the active row is as it is
  say(words) {
    const row = this.rows.get(this.active.row);
    const focused = this.grid.getRootNode().activeElement === this.grid;
    this.note.textContent = words ?? (focused && row ? (row.why ?? row.unusual) : "");
  }
}

// One user whole, below the table: the PUT held against what the target holds, and the story of each change.
class Drawer {
  constructor(send, close) {
    this.send = send;
    this.user = null;
    this.title = element("h3", {});
    this.body = element("div", { className: "drawer-body", tabIndex: 0, role: "group", ariaLabel: "The user's PUT, and why" });
    const head = element("div", { className: "drawer-head" }, this.title, button("Close", () => this.close()));
    this.el = element("section", { className: "drawer", hidden: true, ariaLabel: "One user" }, head, this.body);
    this.onClose = close;
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  open(user) {
    this.asked = user;
    this.send({ type: "look", user_id: user });
  }

  // ticks and edits change what would be sent
  refresh() {
    if (!this.el.hidden) this.send({ type: "look", user_id: this.user });
  }

  close() {
    this.el.hidden = true;
    this.onClose();
  }

  show({ user_id: user, headline, lines, stays, left_out: leftOut, stories }) {
    this.user = user;
    this.title.replaceChildren(element("bdi", { textContent: headline }));
    const code = element("pre", { dir: "ltr" }, ...lines.map(drawLine));
    const facts = [["Stays as it is", stays], ["Never sent by a client", leftOut]].filter(([, words]) => words);
    const listed = element("dl", {}, ...facts.flatMap(([name, words]) => [element("dt", { textContent: name }), element("dd", { textContent: words })]));
    this.body.replaceChildren(listed, code, ...stories.map(drawStory));
    if (this.asked !== user) return;
    this.asked = null;
    this.el.hidden = false;
    this.body.scrollTop = 0;
    this.body.focus();
  }
}

function drawLine({ mark, text: words }) {
  const line = `${mark} ${words}\n`;
  if (mark === " ") return line;
  return element(mark === "+" ? "ins" : "del", { textContent: line });
}

function drawStory({ path, ticked, steps }) {
  const rows = steps.map(([name, words]) => element("tr", {}, element("th", { scope: "row", textContent: name }), element("td", {}, element("bdi", { textContent: words }))));
  const caption = element("caption", {}, element("bdi", { textContent: path }), ticked ? " (ticked)" : "");
  return element("table", {}, caption, element("tbody", {}, ...rows));
}

function text(cell, words) {
  cell.replaceChildren(element("bdi", { textContent: words }));
}

function value(cell, tag, words, missing) {
  const shown = words
    ? element(tag, {}, element("bdi", { textContent: words }))
    : element("span", { className: "missing", textContent: missing });
  cell.replaceChildren(shown);
}

function render({ model, el }) {
  const send = (message) => model.send(message);
  const toolbar = new Toolbar(send);
  const table = new Table(send, toolbar);
  const drawer = new Drawer(send, () => table.grid.focus({ preventScroll: true }));
  table.drawer = drawer;
  toolbar.look.addEventListener("click", () => table.look());
  const root = element("div", { className: "scimrecon-preview", "data-lm-suppress-shortcuts": "true" }, toolbar.el, table.el, toolbar.standing, drawer.el);
  el.append(root);
  const answers = {
    state: (message) => { toolbar.show(message); table.show(message); drawer.refresh(); },
    user: (message) => drawer.show(message),
    window: (message) => table.showWindow(message),
    value: (message) => table.openEditor(message),
    error: (message) => table.refuse(message),
  };
  const listen = (message) => answers[message.type]?.(message);
  model.on("msg:custom", listen);
  send({ type: "ready" });
  return () => model.off("msg:custom", listen);
}

export default { render };
