import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ArrowLeft, Trash2 } from 'lucide-react'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '@/components/button'
import { GalleryPage } from '@/features/gallery/components/gallery-page'
import type { MineSearch } from '@/lib/gallery-search'

const galleryApi = getRouteApi('/shell/gallery')
const mineApi = getRouteApi('/shell/my-videos')

export function GalleryRoute() {
  const search = galleryApi.useSearch()
  const navigate = useNavigate()
  const onSearch = useCallback(
    (change: Partial<MineSearch>) => {
      void navigate({ to: '/gallery', search: (known) => ({ ...known, ...change }), replace: true, resetScroll: false })
    },
    [navigate],
  )
  return <GalleryPage kind="public" search={search} onSearch={onSearch} />
}

export function MyVideosRoute() {
  const { t } = useTranslation('gallery')
  const search = mineApi.useSearch()
  const navigate = useNavigate()
  const onSearch = useCallback(
    (change: Partial<MineSearch>) => {
      void navigate({ to: '/my-videos', search: (known) => ({ ...known, ...change }), replace: true, resetScroll: false })
    },
    [navigate],
  )
  const actions = search.trash ? (
    <Button look="ghost" render={<Link to="/my-videos" />}>
      <ArrowLeft aria-hidden />
      {t('leave_trash')}
    </Button>
  ) : (
    <Button look="ghost" render={<Link to="/my-videos" search={{ trash: true }} />}>
      <Trash2 aria-hidden />
      {t('open_trash')}
    </Button>
  )
  return <GalleryPage key={String(search.trash)} kind="mine" search={search} onSearch={onSearch} actions={actions} />
}
