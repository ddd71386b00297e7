// Rows in doubt, each with its candidates and a decision. One module with panel.js.

const WHICH = [["left", "Left to decide"], ["decided", "Decided"], ["all", "All in doubt"]];
const HEADS = ["User", "Score", "Why", "What the target holds", "Decision"];

const standing = (one) => (one.accepted ? "accepted" : one.rejected ? "rejected" : "");

class MatcherPanel {
  constructor(send) {
    this.send = send;
    const left = { which: "left", search: "" };
    this.query = new Query((query) => send({ type: "show", ...query }), left, "Search rows and candidates", "Search rows and candidates");
    this.which = element("select", { ariaLabel: "Show" }, ...WHICH.map(([, textContent]) => element("option", { textContent })));
    this.which.addEventListener("change", () => this.query.ask({ which: WHICH[this.which.selectedIndex][0] }));
    this.undo = focusable(button("Undo", () => send({ type: "undo" })), "undo");
    this.redo = focusable(button("Redo", () => send({ type: "redo" })), "redo");
    this.counts = element("span", { className: "counts", role: "status" });
    this.list = element("div", { className: "list doubts", role: "region", tabIndex: 0, ariaLabel: "Rows in doubt" });
    this.pager = new Pager((start) => send({ type: "page", start }));
    this.finder = new Finder(send, (line, one) => this.cells(line, one, false, "found"), (line) => this.backTo(line));
    this.code = new Code();
    this.el = element("div", {},
      element("div", { className: "toolbar" }, focusable(this.query.field, "search"), this.which, this.undo, this.redo),
      this.counts, this.list, this.pager.el, this.finder.el, this.code.el);
  }

  show(state) {
    this.query.show({ which: state.which, search: state.search });
    this.which.selectedIndex = WHICH.findIndex(([which]) => which === state.which);
    this.undo.disabled = state.undoable === 0;
    this.redo.disabled = state.redoable === 0;
    this.counts.textContent =
      `${number(state.decided)} of ${plural(state.doubtful, "row")} decided, ${number(state.accepted)} accepted`;
    const nothing = state.doubtful === 0 ? "Nobody is in doubt." : "No row fits the search and the choice.";
    this.list.replaceChildren(...(state.rows.length ? state.rows.map((row) => this.row(row)) : [nothing]));
    this.pager.show(state.start, state.page, state.shown);
    this.finder.show(state.finding);
    this.code.show(state.code);
  }

  // the row may be gone, being decided
  backTo(line) {
    if (!focusOn(this.list, `find:${line}`)) this.list.focus();
  }

  row(row) {
    const { line } = row;
    const title = element("h3", {}, `Line ${line}`, ...(row.key ? [" · ", bdi(row.key)] : []));
    const decided = row.never || row.candidates.some((one) => one.accepted);
    const acts = [
      focusable(button("Find a user…", () => this.finder.open(line)), `find:${line}`),
      focusable(button("Never: has no user", () => this.send({ type: "never", line })), `never:${line}`),
      focusable(button("Take back", () => this.send({ type: "forget", line })), `forget:${line}`),
    ];
    acts[0].disabled = row.keyless;
    acts[1].disabled = row.never || row.keyless;
    acts[2].disabled = !decided && !row.candidates.some((one) => one.rejected);
    for (const act of acts) act.ariaLabel = `${act.textContent}, line ${line}`;
    const words = element("div", {}, `${row.status.replaceAll("_", " ")}: `, bdi(row.reason), row.never ? " · decided: it has no user" : "");
    const rows = row.candidates.map((one) => ({ cells: this.cells(line, one, row.keyless, "candidate"), className: standing(one) }));
    const list = rows.length ? table(`Candidates of line ${line}`, HEADS, rows) : element("div", { textContent: "Nobody resembles this row." });
    return element("section", { className: "doubt", ariaLabel: `Line ${line}` },
      element("div", { className: "toolbar" }, title, ...acts), words, element("div", {}, bdi(row.told)),
      row.keyless ? element("div", { textContent: "It has no key of its own, so no link can name it: correct the export, or add a key." }) : "", list);
  }

  cells(line, one, keyless, where) {
    const decide = (type, label) => focusable(button(label, () => this.send({ type, line, user_id: one.id })), `${where}:${type}:${line}:${one.id}`);
    const accept = decide("accept", one.accepted ? "Accepted" : "Accept");
    const reject = decide("reject", one.rejected ? "Rejected" : "Reject");
    accept.disabled = keyless || one.accepted;
    reject.disabled = keyless || one.rejected;
    for (const act of [accept, reject]) act.ariaLabel = `${act.textContent} ${one.user} for line ${line}`;
    return [one.user, one.score, one.reason, one.told, element("div", { className: "toolbar" }, accept, reject)];
  }
}

// users whom no row is, searched for one row
class Finder extends Drawer {
  constructor(send, cells, onGone) {
    super("Find a user", "Users found", () => this.leave());
    Object.assign(this, { send, cells, onGone, line: null, asked: null });
    const ask = (search) => this.line !== null && send({ type: "find", line: this.line, search });
    const label = "Search users nobody is matched with";
    this.search = focusable(searchField(label, label, ask), "finder");
    this.counts = element("span", { role: "status" });
    this.told = element("div", { className: "made" });
    this.body.before(this.told, element("div", { className: "toolbar finder" }, this.search, this.counts));
  }

  open(line) {
    this.asked = line;
    this.send({ type: "find", line, search: "" });
  }

  leave() {
    this.onGone(this.line);
    this.line = null;
    this.send({ type: "leave" });
  }

  show(finding) {
    if (finding === null) {
      if (this.el.contains(focused(this.el))) this.onGone(this.line);
      this.el.hidden = true;
      this.line = null;
      return;
    }
    const { line, search, told, rows, total } = finding;
    if (this.line !== line || focused(this.el) !== this.search) this.search.value = search;
    this.line = line;
    this.title.textContent = `Find a user for line ${line}`;
    this.told.replaceChildren(bdi(told));
    this.counts.textContent = search.trim() ? tellFound(rows.length, total) : "Type a name or an id.";
    const drawn = rows.map((one) => ({ cells: this.cells(line, one), className: standing(one) }));
    this.body.replaceChildren(...(drawn.length ? [table(`Users found for line ${line}`, HEADS, drawn)] : []));
    this.el.hidden = false;
    if (this.asked !== line) return;
    this.asked = null;
    this.search.focus();
  }
}

function tellFound(shown, total) {
  if (total === 0) return "No user who is free holds these words.";
  return shown < total ? `The best ${number(shown)} of ${plural(total, "user")}; more words find fewer.` : plural(total, "user");
}

export default { render: startPanel(MatcherPanel) };
