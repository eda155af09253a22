// `node:http` for the bundle. Importing it as an ES module reads each of its exports, one of which loads the whole of fetch:
// 20 ms of every cold start, for nothing that is used.
module.exports = process.getBuiltinModule('node:http')
