// Writes the port of a server into a file that appears at once as a whole.

import { renameSync, writeFileSync } from 'node:fs'

export function tellPort(port, file) {
  writeFileSync(`${file}.new`, String(port))
  renameSync(`${file}.new`, file)
}
