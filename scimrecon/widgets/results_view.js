// The users of a run, one of them whole in a drawer, and what was prepared for them. One module with panel.js.

class ResultsPanel {
  constructor(send) {
    this.send = send;
    const all = { outcome: null, search: "" };
    const label = "Search name, reason, answer, attribute";
    this.query = new Query((query) => send({ type: "show", ...query }), all, label, label);
    this.outcome = new Choice("Outcome", "All outcomes", (outcome) => this.query.ask({ outcome }));
    this.tick = button("", () => send({ type: "tick_shown" }));
    this.untick = button("Untick all shown", () => send({ type: "untick_shown" }));
    this.retry = button("Prepare a retry", () => send({ type: "retry" }));
    this.retry.title = "Makes a plan, or compares anew; sends nothing";
    this.undo = button("Prepare an undo", () => send({ type: "undo" }));
    this.undo.title = "Compares with what was there before the run; sends nothing";
    this.counts = element("span", { className: "counts", role: "status" });
    this.list = element("div", { className: "list", role: "region", tabIndex: 0, ariaLabel: "Users of the run" });
    this.pager = new Pager((start) => send({ type: "page", start }));
    this.made = element("div", { className: "made", role: "status" });
    this.code = new Code();
    this.drawer = new UserDrawer(send);
    this.el = element("div", {},
      element("div", { className: "toolbar" }, focusable(this.query.field, "search"), this.outcome.el),
      element("div", { className: "toolbar" }, this.tick, this.untick, this.retry, this.undo),
      this.counts, this.list, this.pager.el, this.made, this.code.el, this.drawer.el);
  }

  show(state) {
    this.query.show({ outcome: state.outcome, search: state.search });
    this.outcome.show(state.outcomes, state.outcome);
    this.tick.textContent = `Tick all shown (${number(state.shown)})`;
    this.tick.disabled = state.shown === 0;
    this.untick.disabled = state.ticked === 0;
    this.retry.disabled = state.ticked === 0;
    this.undo.disabled = state.ticked === 0;
    const shown = state.shown < state.users ? ` · ${number(state.shown)} shown` : "";
    this.counts.textContent = `${number(state.ticked)} of ${plural(state.users, "user")} ticked${shown}`;
    const rows = state.rows.map((row) => ({ className: row.status, cells: this.cells(row) }));
    const heads = ["Tick", "User", "Outcome", "HTTP", "Reason", "Attributes"];
    this.list.replaceChildren(rows.length ? table("Users of the run", heads, rows) : "No user fits the search and filter.");
    this.pager.show(state.start, state.page, state.shown);
    this.made.textContent = state.made;
    this.code.show(state.code);
  }

  cells(row) {
    const box = focusable(element("input", { type: "checkbox", checked: row.ticked, ariaLabel: `Tick ${row.user}` }), `tick:${row.id}`);
    box.addEventListener("click", (event) => {
      event.preventDefault(); // Python decides what is ticked; its answer draws the box
      this.send({ type: row.ticked ? "untick" : "tick", ids: [row.id] });
    });
    const open = focusable(button("", () => this.drawer.open(row.id)), `look:${row.id}`);
    open.append(bdi(row.user));
    open.className = "link";
    return [box, open, row.outcome.replaceAll("_", " "), row.http, row.reason, row.paths];
  }

  user(message) {
    this.drawer.show(message);
  }
}

// one user whole: what was asked, sent and found, the target's answer, each exchange
class UserDrawer extends Drawer {
  constructor(send) {
    super("One user", "What became of the user", () => focusOn(this.el.parentElement, this.opener));
    this.send = send;
  }

  open(user) {
    this.opener = focusName(this.el);
    this.send({ type: "look", user_id: user });
  }

  show({ headline, facts, changes, steps }) {
    this.title.replaceChildren(bdi(headline));
    const listed = facts.flatMap(([name, words]) => [element("dt", { textContent: name }), element("dd", {}, bdi(words))]);
    const asked = table("Attributes", ["Attribute", "Before", "Asked", "Sent", "Found after"], changes.map((cells) => ({ cells })));
    const sent = table("Exchanges", ["Step", "Method", "HTTP", "Error", "Request", "Took"], steps.map((cells) => ({ cells })));
    this.body.replaceChildren(element("dl", {}, ...listed), asked, sent);
    this.reveal();
  }
}

export default { render: startPanel(ResultsPanel) };
