// Writes down what json-server was sent: one line of JSON for each request.
const fs = require('fs')

const log = fs.openSync(process.env.HEARD, 'a')

module.exports = (request, _answer, next) => {
  const { method, url, headers, body } = request
  fs.writeSync(log, `${JSON.stringify({ method, url, headers, body })}\n`)
  next()
}
