// A small stand-in for what Flamenco Manager gives to a job type (its documented globals), for tests without a Manager.
const author = {
  Task(name, type) {
    if (!name.trim() || !type.trim()) throw "author.Task(name, type): both are required";
    return { name, type, commands: [], dependencies: [], addCommand(c) { this.commands.push(c); }, addDependency(t) { this.dependencies.push(t.name); } };
  },
  Command(name, parameters) { return { name, parameters }; },
};
const path = {
  join: (...parts) => parts.join("/").replace(/\/+/g, "/"),
  dirname: (p) => p.slice(0, p.lastIndexOf("/")),
  basename: (p) => p.slice(p.lastIndexOf("/") + 1),
  stem: (p) => path.basename(p).replace(/\.[^.]*$/, ""),
};
const formatTimestampLocal = () => "2026-11-21_120000";
function frameChunker(range, size) {
  if (size < 1) throw `invalid chunk size, must be positive number: ${size}`;
  const frames = new Set();
  for (const part of range.replace(/\.\./g, "-").split(",")) {
    const [a, b] = part.split("-").map((t) => { if (!/^\s*\d+\s*$/.test(t)) throw `invalid range "${range}"`; return Number(t); });
    for (let f = a; f <= (b === undefined ? a : b); f++) frames.add(f);
  }
  const sorted = [...frames].sort((a, b) => a - b);
  const merged = (some) => {
    const runs = [];
    for (const f of some) {
      const last = runs[runs.length - 1];
      if (last && last[1] === f - 1) last[1] = f; else runs.push([f, f]);
    }
    return runs.map(([a, b]) => (a === b ? `${a}` : a + 1 === b ? `${a},${b}` : `${a}-${b}`)).join(",");
  };
  const chunks = [];
  for (let i = 0; i < sorted.length; i += size) chunks.push(merged(sorted.slice(i, i + size)));
  return chunks;
}
function compiled(settings) {
  const job = { created: 0, settings, tasks: [], addTask(t) { this.tasks.push(t); } };
  compileJob(job);
  return JSON.stringify({ tasks: job.tasks, settings: job.settings });
}
