import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { toast } from '@/lib/toast'
import { useProblemText } from '@/lib/use-problem-text'
import { changeVideos, type Change } from '../api/change-videos'
import { purgeVideo } from '../api/purge-video'

interface Order {
  ids: readonly string[]
  change: Change
}

/** Changes several videos at once, reports the result, and offers to undo a deletion. */
export function useChangeVideos(onDone: () => void) {
  const { t } = useTranslation('gallery')
  const { t: common } = useTranslation()
  const queryClient = useQueryClient()
  const problemText = useProblemText()
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['videos'] })
  const fail = (error: unknown) => toast.error({ title: problemText(error).title, description: problemText(error).hint ?? undefined })

  const change = useMutation({
    mutationFn: ({ ids, change }: Order) => changeVideos(ids, change),
    onSuccess: (outcomes, { change: { action } }) => {
      const changed = outcomes.filter((outcome) => outcome.ok).map((outcome) => outcome.id)
      const missed = outcomes.length - changed.length
      if (missed) toast.error({ title: t('partly', { count: missed }) })
      if (changed.length) {
        const words = { delete: 'deleted', restore: 'restored', visibility: 'changed' } as const
        const undo = { label: common('undo'), onClick: () => change.mutate({ ids: changed, change: { action: 'restore' } }) }
        toast.done({ title: t(words[action], { count: changed.length }), ...(action === 'delete' ? { action: undo } : {}) })
      }
      onDone()
    },
    onError: fail,
    onSettled: refresh,
  })
  const purge = useMutation({
    mutationFn: (ids: readonly string[]) => Promise.all(ids.map(purgeVideo)),
    onSuccess: (done) => {
      toast.done({ title: t('purged', { count: done.length }) })
      onDone()
    },
    onError: fail,
    onSettled: refresh,
  })
  return { change, purge }
}
