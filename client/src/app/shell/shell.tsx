import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { BottomBar } from './bottom-bar'
import { Footer } from './footer'
import { Header } from './header'
import { OfflineNotice } from './offline-notice'
import { PageSkeleton } from './page-skeleton'

// Loaded on demand, because it brings in the upload engine, which the first page does not need.
const UploadTray = lazy(async () => ({ default: (await import('@/features/upload/components/upload-tray')).UploadTray }))

/** The frame around every page except the embedded player. */
export function Shell() {
  const { t } = useTranslation()
  return (
    <div className="flex min-h-dvh flex-col pb-16 sm:pb-0">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-60 focus:rounded-lg focus:bg-ember focus:px-4 focus:py-2 focus:text-on-ember"
      >
        {t('skip_to_content')}
      </a>
      <Header />
      <OfflineNotice />
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-7xl grow px-4 py-6 outline-none sm:px-6 sm:py-8 3xl:max-w-[112rem]">
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <Footer />
      <Suspense>
        <UploadTray />
      </Suspense>
      <BottomBar />
    </div>
  )
}
