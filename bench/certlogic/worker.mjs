// The official certlogic-js, asked in turn: a block of payloads, each with every rule, once.

import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import certlogic from "certlogic-js"

const outcome = (logic, data) => {
    try {
        const value = certlogic.evaluate(logic, data)
        return value === true ? "passed" : value === false ? "failed" : "open"
    } catch {
        return "open"
    }
}

// CPU time of this thread in microseconds where the system tells it: what V8 does beside it, compiling and collecting,
// counts for nobody. Elsewhere that of the process.
const spent = () => {
    try {
        return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1000
    } catch {
        const { user, system } = process.cpuUsage()
        return user + system
    }
}

let given
for await (const line of createInterface({ input: process.stdin })) {
    const said = JSON.parse(line)
    if (said.rules) {
        given = said
        console.log(JSON.stringify("ready"))
        continue
    }
    const [start, stop] = said
    const found = []
    const before = spent()
    for (let number = start; number < stop; number++) {
        const data = { payload: given.payloads[number], external: given.external }
        for (const logic of given.rules) found.push(outcome(logic, data))
    }
    console.log(JSON.stringify([spent() - before, found]))
}
