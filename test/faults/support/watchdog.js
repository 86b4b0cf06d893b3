// Ends the children of a faults run whatever became of the run: it lives as long as its parent's end of the pipe, and no
// longer than so many milliseconds. Lines in: `+<pid>` guards a child, `-<pid>` lets one go that has ended by itself.
import { createInterface } from 'node:readline';

const guarded = new Set();

function end() {
  for (const pid of guarded) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  process.exit();
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) guarded.add(pid);
    else guarded.delete(pid);
  })
  .on('close', end);
setTimeout(end, Number(process.argv[2]));
