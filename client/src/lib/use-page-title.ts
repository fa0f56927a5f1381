import { useEffect } from 'react'
import { getConfig } from './config'

/** Sets the tab's title while the page is shown. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    const site = getConfig().site_name
    document.title = title ? `${title} · ${site}` : site
  }, [title])
}
