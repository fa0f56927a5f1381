// Runs before the first paint, so that a dark page never flashes light. A separate file, because
// the Content-Security-Policy allows no inline script.
(function () {
  var chosen = null
  try {
    chosen = localStorage.getItem('videoforge.theme')
  } catch {
    // Storage may be blocked; then the system colour scheme is used.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()
