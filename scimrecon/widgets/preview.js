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

const COLUMNS = [
  { key: "tick", label: "Tick" },
  { key: "user", label: "User", sort: "user_name" },
  { key: "path", label: "Attribute", sort: "path" },
  { key: "before", label: "Before", sort: "before" },
  { key: "after", label: "After", sort: "after" },
  { key: "kind", label: "Kind", sort: "kind" },
  { key: "status", label: "Status", sort: "status" },
];
const AFTER = COLUMNS.findIndex((column) => column.key === "after");

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

class Toolbar {
  constructor(send) {
    this.send = send;
    this.query = { search: "", path: null, kind: null, sort: null, descending: false };
    this.search = element("input", { type: "search", placeholder: "Search user, attribute, value", ariaLabel: "Search changes" });
    this.path = element("select", { ariaLabel: "Attribute" });
    this.kind = element("select", { ariaLabel: "Kind" });
    this.tick = element("button", { type: "button" });
    this.untick = element("button", { type: "button" });
    this.counts = element("span", { className: "counts", role: "status" });
    const choices = element("div", { className: "toolbar" }, this.search, this.path, this.kind, this.tick, this.untick);
    this.el = element("div", {}, choices, this.counts);
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask({ search: this.search.value }), SEARCH_DELAY_MS);
    });
    for (const name of ["path", "kind"]) {
      this[name].addEventListener("change", () => this.ask({ [name]: this[name].choices[this[name].selectedIndex] }));
    }
    this.tick.addEventListener("click", () => send({ type: "tick_filtered" }));
    this.untick.addEventListener("click", () => send({ type: "untick_filtered" }));
  }

  ask(change) {
    this.query = { ...this.query, ...change };
    this.send({ type: "query", ...this.query });
  }

  sortBy(column) {
    const { sort, descending } = this.query;
    if (sort !== column) this.ask({ sort: column, descending: false });
    else if (!descending) this.ask({ descending: true });
    else this.ask({ sort: null, descending: false });
  }

  show({ counts, query, facets }) {
    this.query = query;
    if (this.search.getRootNode().activeElement !== this.search) this.search.value = query.search;
    this.choose(this.path, "All attributes", facets.path, query.path);
    this.choose(this.kind, "All kinds", facets.kind, query.kind);
    this.tick.textContent = `Tick all filtered (${number(counts.filtered_tickable)})`;
    this.tick.disabled = counts.filtered_tickable === 0;
    this.untick.textContent = "Untick all filtered";
    this.untick.disabled = counts.ticked === 0;
    const shown = counts.filtered < counts.changes ? ` · ${number(counts.filtered)} shown` : "";
    const edited = counts.edited ? ` · ${number(counts.edited)} edited` : "";
    this.counts.textContent =
      `${number(counts.ticked)} of ${plural(counts.changes, "change")} ticked, ${plural(counts.ticked_users, "user")}${shown}${edited}`;
  }

  choose(select, all, facet, chosen) {
    const labels = [all, ...facet.map(([value, count]) => `${value} (${number(count)})`)];
    select.choices = [null, ...facet.map(([value]) => value)];
    select.replaceChildren(...labels.map((textContent) => element("option", { textContent })));
    select.selectedIndex = select.choices.indexOf(chosen);
    select.classList.toggle("chosen", chosen !== null);
  }
}

class Table {
  constructor(send, sortBy) {
    this.send = send;
    this.name = `scimrecon-${++views}`;
    this.rows = new Map();
    this.asked = new Set();
    this.total = 0;
    this.version = -1;
    this.order = -1;
    this.active = { row: 0, column: 1 };
    this.heads = COLUMNS.map((column, at) => this.head(column, at, sortBy));
    this.pool = Array.from({ length: VISIBLE_ROWS + 1 }, (_, at) => this.line(at));
    this.body = element("div", { className: "body", role: "rowgroup" }, ...this.pool.map((line) => line.el));
    const header = element("div", { className: "row header", role: "row", ariaRowIndex: "1" }, ...this.heads);
    this.frame = element("div", { className: "frame", role: "presentation" }, element("div", { role: "rowgroup" }, header), this.body);
    this.spacer = element("div", { role: "presentation" }, this.frame);
    this.grid = element("div", {
      className: "grid", role: "grid", tabIndex: 0, ariaLabel: "Changes", ariaMultiSelectable: "true", ariaColCount: String(COLUMNS.length),
    }, this.spacer);
    this.empty = element("div", { className: "empty", textContent: "No change fits the search and filters." });
    this.note = element("div", { className: "note", role: "status" });
    this.el = element("div", { className: "table" }, this.grid, this.empty, this.note);
    this.listen();
  }

  head(column, at, sortBy) {
    const head = element("div", { className: `cell ${column.key}`, role: "columnheader", id: `${this.name}-head-${at}`, ariaColIndex: String(at + 1), textContent: column.label });
    if (column.sort) {
      head.classList.add("sortable");
      head.title = `Sort by ${column.label.toLowerCase()}`;
      head.addEventListener("click", () => sortBy(column.sort));
    }
    return head;
  }

  line(at) {
    const cells = COLUMNS.map((column, index) =>
      element("div", { className: `cell ${column.key}`, role: "gridcell", id: `${this.name}-${at}-${index}`, ariaColIndex: String(index + 1) }));
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
    cells[AFTER].addEventListener("dblclick", () => line.row && this.startEdit());
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
    this.total = state.counts.filtered;
    if (reordered) this.rows.clear();
    this.asked.clear();
    this.keep(state.window);
    const shown = Math.min(VISIBLE_ROWS, Math.max(3, state.counts.changes));
    this.grid.style.height = `${(shown + 1) * ROW_PX + 2}px`;
    this.frame.style.height = `${(shown + 1) * ROW_PX}px`;
    this.spacer.style.height = `${this.scrollHeight() + ROW_PX}px`;
    this.grid.ariaRowCount = String(this.total + 1);
    this.empty.hidden = this.total > 0;
    this.heads.forEach((head, at) => {
      const sorted = COLUMNS[at].sort && COLUMNS[at].sort === state.query.sort;
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
    this.write(line, row);
  }

  write(line, row) {
    const [, user, path, before, after, kind, status] = line.cells;
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
    const column = Math.max(0, Math.min(COLUMNS.length - 1, this.active.column + columns));
    this.active = { row, column };
    this.scrollTo(row);
    this.draw();
    this.say();
  }

  toggle(row) {
    if (!row) return;
    if (row.tickable) this.send({ type: row.ticked ? "untick" : "tick", ids: [row.id] });
    else this.say(row.why);
  }

  onKey(event) {
    if (event.target !== this.grid || event.altKey || event.metaKey) return;
    const head = this.active.row === -1 ? this.heads[this.active.column] : null;
    const page = Math.floor(this.visibleRows());
    const actions = {
      ArrowDown: () => this.move(1, 0),
      ArrowUp: () => this.move(-1, 0),
      ArrowRight: () => this.move(0, 1),
      ArrowLeft: () => this.move(0, -1),
      PageDown: () => this.move(page, 0),
      PageUp: () => this.move(-page, 0),
      Home: () => (event.ctrlKey ? this.move(-this.total, -COLUMNS.length) : this.move(0, -COLUMNS.length)),
      End: () => (event.ctrlKey ? this.move(this.total, COLUMNS.length) : this.move(0, COLUMNS.length)),
      " ": () => (head ? head.click() : this.toggle(this.rows.get(this.active.row))),
      Enter: () => (head ? head.click() : this.startEdit()),
      Escape: () => this.leave(),
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
    this.note.textContent = words ?? (focused && row ? row.why : "");
  }
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
  const table = new Table(send, (column) => toolbar.sortBy(column));
  const root = element("div", { className: "scimrecon-preview", "data-lm-suppress-shortcuts": "true" }, toolbar.el, table.el);
  el.append(root);
  const answers = {
    state: (message) => { toolbar.show(message); table.show(message); },
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
