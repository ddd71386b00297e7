// Rows in doubt, each with its candidates and a decision. One module with panel.js.

const WHICH = [["left", "Left to decide"], ["decided", "Decided"], ["all", "All in doubt"]];

class MatcherPanel {
  constructor(send) {
    this.send = send;
    this.query = { which: "left", search: "" };
    const ask = (change) => send({ type: "show", ...this.query, ...change });
    this.search = focusable(searchField("Search key, name, value", (search) => ask({ search })), "search");
    this.which = element("select", { ariaLabel: "Show" }, ...WHICH.map(([, textContent]) => element("option", { textContent })));
    this.which.addEventListener("change", () => ask({ which: WHICH[this.which.selectedIndex][0] }));
    this.undo = focusable(button("Undo", () => send({ type: "undo" })), "undo");
    this.redo = focusable(button("Redo", () => send({ type: "redo" })), "redo");
    this.counts = element("span", { className: "counts", role: "status" });
    this.list = element("div", { className: "list doubts", role: "region", tabIndex: 0, ariaLabel: "Rows in doubt" });
    this.pager = new Pager((start) => send({ type: "page", start }));
    this.code = new Code();
    this.el = element("div", {},
      element("div", { className: "toolbar" }, this.search, this.which, this.undo, this.redo),
      this.counts, this.list, this.pager.el, this.code.el);
  }

  show(state) {
    this.query = { which: state.which, search: state.search };
    if (this.search.getRootNode().activeElement !== this.search) this.search.value = state.search;
    this.which.selectedIndex = WHICH.findIndex(([which]) => which === state.which);
    this.undo.disabled = state.undoable === 0;
    this.redo.disabled = state.redoable === 0;
    this.counts.textContent =
      `${number(state.decided)} of ${plural(state.doubtful, "row")} decided, ${number(state.accepted)} accepted`;
    const nothing = state.doubtful === 0 ? "Nobody is in doubt." : "No row fits the search and the choice.";
    this.list.replaceChildren(...(state.rows.length ? state.rows.map((row) => this.row(row)) : [nothing]));
    this.pager.show(state.start, state.page, state.shown);
    this.code.show(state.code);
  }

  row(row) {
    const { line } = row;
    const title = element("h3", {}, `Line ${line}`, ...(row.key ? [" · ", bdi(row.key)] : []));
    const decided = row.never || row.candidates.some((one) => one.accepted);
    const acts = [
      focusable(button("Never: has no user", () => this.send({ type: "never", line })), `never:${line}`),
      focusable(button("Take back", () => this.send({ type: "forget", line })), `forget:${line}`),
    ];
    acts[0].disabled = row.never || row.keyless;
    acts[1].disabled = !decided && !row.candidates.some((one) => one.rejected);
    for (const act of acts) act.ariaLabel = `${act.textContent}, line ${line}`;
    const words = element("div", {}, `${row.status.replaceAll("_", " ")}: `, bdi(row.reason), row.never ? " · decided: it has no user" : "");
    const heads = ["User", "Score", "Why", "What the target holds", "Decision"];
    const rows = row.candidates.map((one) => ({ cells: this.cells(line, one, row.keyless), className: one.accepted ? "accepted" : one.rejected ? "rejected" : "" }));
    const list = rows.length ? table(`Candidates of line ${line}`, heads, rows) : element("div", { textContent: "Nobody resembles this row." });
    return element("section", { className: "doubt", ariaLabel: `Line ${line}` },
      element("div", { className: "toolbar" }, title, ...acts), words, element("div", {}, bdi(row.told)),
      row.keyless ? element("div", { textContent: "It has no key of its own, so no link can name it: correct the export, or add a key." }) : "", list);
  }

  cells(line, one, keyless) {
    const accept = focusable(button(one.accepted ? "Accepted" : "Accept", () => this.send({ type: "accept", line, user_id: one.id })), `accept:${line}:${one.id}`);
    const reject = focusable(button(one.rejected ? "Rejected" : "Reject", () => this.send({ type: "reject", line, user_id: one.id })), `reject:${line}:${one.id}`);
    accept.disabled = keyless || one.accepted;
    reject.disabled = keyless || one.rejected;
    for (const act of [accept, reject]) act.ariaLabel = `${act.textContent} ${one.user} for line ${line}`;
    return [one.user, one.score, one.reason, one.told, element("div", { className: "toolbar" }, accept, reject)];
  }
}

export default { render: startPanel(MatcherPanel) };
