// The last line of a program that is measured: its processor time. JavaScript, as bin/start.js.
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ cpuMs: (user + system) / 1000 }))
})
