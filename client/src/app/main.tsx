import '@/lib/zod-without-eval'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadConfig } from '@/lib/config'
import { startI18n } from '@/lib/i18n'
import { watchSystemTheme } from '@/lib/theme'
import { App } from './app'
import './styles.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

watchSystemTheme()
await Promise.all([loadConfig(), startI18n()])
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
