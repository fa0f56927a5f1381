/** Every address of the client, its search parameters with their types, and who may open it. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type ErrorComponentProps,
  type RouterHistory,
} from '@tanstack/react-router'
import { z } from 'zod'
import { mineSearch, publicSearch } from '@/lib/gallery-search'
import { meQuery } from '@/lib/session'
import { requireAdmin, requireNobody, requireUser, type RouterContext } from './guards'
import { CrashPage } from './shell/crash-page'
import { MissingPage } from './shell/missing-page'
import { Shell } from './shell/shell'

const rootRoute = createRootRouteWithContext<RouterContext>()({
  notFoundComponent: MissingPage,
  errorComponent: ({ error }: ErrorComponentProps) => <CrashPage error={error} />,
})
const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell })

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery).catch(() => null)
    throw redirect({ to: me ? '/my-videos' : '/gallery' })
  },
})
const loginRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/login',
  validateSearch: z.object({ next: z.string().optional(), ended: z.boolean().optional(), email: z.string().optional() }),
  beforeLoad: requireNobody,
  component: lazyRouteComponent(() => import('./routes/sign-in-routes'), 'LoginRoute'),
})
const registerRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/register',
  validateSearch: z.object({ next: z.string().optional() }),
  beforeLoad: (given) => requireNobody({ ...given, home: '/upload' }),
  component: lazyRouteComponent(() => import('./routes/sign-in-routes'), 'RegisterRoute'),
})
const confirmRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/confirm',
  validateSearch: z.object({ email: z.string().optional(), next: z.string().optional() }),
  component: lazyRouteComponent(() => import('./routes/sign-in-routes'), 'ConfirmRoute'),
})
const forgotRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/forgot-password',
  validateSearch: z.object({ email: z.string().optional() }),
  component: lazyRouteComponent(() => import('./routes/forgot-route'), 'ForgotRoute'),
})
const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account',
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => import('./routes/account-route'), 'AccountRoute'),
})
const uploadRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/upload',
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => import('./routes/upload-route'), 'UploadRoute'),
})
const jobRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/jobs/$jobId',
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => import('./routes/job-route'), 'JobRoute'),
})
const galleryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gallery',
  validateSearch: publicSearch,
  component: lazyRouteComponent(() => import('./routes/gallery-routes'), 'GalleryRoute'),
})
const mineRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/my-videos',
  validateSearch: mineSearch,
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => import('./routes/gallery-routes'), 'MyVideosRoute'),
})
const startSearch = z.object({ t: z.coerce.number().nonnegative().optional().catch(undefined) })
const videoRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/videos/$videoId',
  validateSearch: startSearch,
  component: lazyRouteComponent(() => import('./routes/video-route'), 'VideoRoute'),
})
const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin',
  beforeLoad: requireAdmin,
  component: lazyRouteComponent(() => import('./routes/admin-route'), 'AdminRoute'),
})
const adminMailsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin/mails',
  beforeLoad: requireAdmin,
  component: lazyRouteComponent(() => import('./routes/admin-mails-route'), 'AdminMailsRoute'),
})
/** Unknown addresses keep the navigation. */
const missingRoute = createRoute({ getParentRoute: () => shellRoute, path: '$', component: MissingPage })
const embedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/embed/$videoId',
  validateSearch: startSearch,
  component: lazyRouteComponent(() => import('./routes/embed-route'), 'EmbedRoute'),
})

const routeTree = rootRoute.addChildren([
  shellRoute.addChildren([
    homeRoute,
    loginRoute,
    registerRoute,
    confirmRoute,
    forgotRoute,
    accountRoute,
    uploadRoute,
    jobRoute,
    galleryRoute,
    mineRoute,
    videoRoute,
    adminRoute,
    adminMailsRoute,
    missingRoute,
  ]),
  embedRoute,
])

export function buildRouter(queryClient: QueryClient, history: RouterHistory) {
  return createRouter({ routeTree, context: { queryClient }, history, defaultPreload: 'intent', scrollRestoration: true })
}

export type AppRouter = ReturnType<typeof buildRouter>

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter
  }
}
