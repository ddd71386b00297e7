// A plan before it is sent, the confirmation, and the run as it goes on. One module with panel.js.

const RUNNING = ["rehearsing", "sending", "stopping"];
const PHASES = { ready: "Nothing is being sent.", rehearsing: "Dry run: reading, nothing is sent.", sending: "Sending.", stopping: "Stopping: what is under way is settled.", done: "The plan was sent." };

class ApplyPanel {
  constructor(send) {
    this.words = [];
    this.plan = element("div", { className: "plan" });
    this.facts = element("div", {});
    this.limits = element("details", { className: "limits" });
    this.typed = focusable(element("input", { type: "text", autocomplete: "off", spellcheck: false, id: `scimrecon-typed-${++confirmations}` }), "typed");
    this.label = element("label", { htmlFor: this.typed.id });
    this.rehearse = focusable(button("Dry run", () => send({ type: "rehearse" })), "rehearse");
    this.go = focusable(button("Send", () => this.confirm(send)), "send");
    this.stop = focusable(button("Stop", () => send({ type: "stop" })), "stop");
    this.typed.addEventListener("input", () => this.allow());
    this.typed.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    this.bar = element("progress", { ariaLabel: "Users with an outcome", max: 1, value: 0 });
    this.counts = element("span", { className: "counts", role: "status" });
    this.pace = element("div", { className: "pace" });
    this.outcomes = element("div", { className: "outcomes" });
    this.ended = element("div", { className: "made", role: "status" });
    this.code = new Code();
    this.confirmation = element("div", { className: "toolbar" }, this.rehearse, this.label, this.typed, this.go, this.stop);
    this.el = element("div", {}, this.plan, this.facts, this.limits, this.confirmation, this.counts, this.bar, this.pace, this.outcomes, this.ended, this.code.el);
  }

  confirm(send) {
    const typed = this.typed.value;
    this.typed.value = ""; // each send is confirmed anew
    this.allow();
    send({ type: "send", typed });
  }

  allow() {
    this.go.disabled = this.still || this.refused || !this.words.includes(this.typed.value.trim());
  }

  show(state) {
    const { phase, progress } = state;
    this.words = state.words;
    this.still = phase !== "ready";
    this.refused = state.refusal !== "";
    this.plan.replaceChildren(element("strong", {}, bdi(state.plan)), element("div", {}, "Target: ", bdi(state.url)));
    const warnings = [state.refusal && `Sending it would be refused: ${state.refusal}`, ...state.warnings].filter(Boolean);
    this.facts.replaceChildren(...warnings.map((words) => element("div", { className: "over" }, "⚠ ", bdi(words))));
    const rows = state.limits.map((cells) => ({ cells, className: cells[4] }));
    const open = this.limits.open;
    this.limits.replaceChildren(element("summary", { textContent: "Limits of the plan" }), table("In users", ["Limit", "Users", "At most", "Rule", ""], rows));
    this.limits.open = open;
    this.label.replaceChildren("Type ", bdi(state.host), ` or ${number(state.users)} to send:`);
    this.typed.disabled = this.still || this.refused;
    this.rehearse.disabled = this.still;
    this.stop.disabled = !RUNNING.includes(phase) || phase === "stopping";
    this.allow();
    this.counts.textContent = PHASES[phase];
    this.bar.hidden = progress === null;
    this.pace.textContent = progress === null ? "" : this.tell(progress, phase);
    if (progress !== null) Object.assign(this.bar, { max: Math.max(1, progress.total), value: progress.done });
    const told = progress === null ? [] : progress.outcomes.map(([name, many]) => element("span", { textContent: `${name.replaceAll("_", " ")} ${number(many)}` }));
    this.outcomes.replaceChildren(...told);
    this.ended.replaceChildren(...[state.error && `It was not done: ${state.error}`, state.ended].filter(Boolean).map((words) => element("div", {}, bdi(words))));
    this.code.show(state.code);
  }

  tell({ done, total, rate, eta_s: left, seconds }, phase) {
    const eta = left === null || !RUNNING.includes(phase) ? "" : ` · about ${duration(left)} left`;
    return `${number(done)} of ${plural(total, "user")} · ${number(rate)} a second · ${duration(seconds)}${eta}`;
  }
}

let confirmations = 0;

const duration = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

export default { render: startPanel(ApplyPanel) };
