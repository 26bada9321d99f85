// Compiles the standard library of a Pyodide for that very Python, in its own folder: node compile.mjs FOLDER
// A page then reads octets where it would compile sources each time it starts.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const library = `${folder}/python_stdlib.zip`;
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/` });
python.FS.writeFile("/sources.zip", new Uint8Array(readFileSync(library)));
const made = python.runPython(`
import importlib.util, io, marshal, zipfile

into = io.BytesIO()
with zipfile.ZipFile("/sources.zip") as sources, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as compiled:
    for name in sources.namelist():
        data = sources.read(name)
        if name.endswith(".py"):
            code = marshal.dumps(compile(data, name, "exec", dont_inherit=True))
            # a flag and eight octets that say: do not look for the source (PEP 552)
            name, data = f"{name}c", importlib.util.MAGIC_NUMBER + b"\\1\\0\\0\\0" + bytes(8) + code
        compiled.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
into.getvalue()
`);
writeFileSync(library, made.toJs());
