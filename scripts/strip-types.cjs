// Node's own type stripping keeps line and column positions, so no source map is needed.
const { stripTypeScriptTypes } = require('node:module')

module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source) }) }
