import {
  createBrowserHistory,
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet as TanStackOutlet,
  RouterProvider as TanStackProvider,
} from '@tanstack/react-router'
import type { AuthClient, AuthError, RequireSessionOptions, UserClaims } from 'evertoken'
import { useLayoutEffect, type ReactNode } from 'react'
import {
  createBrowserRouter,
  createHashRouter,
  Outlet,
  RouterProvider,
  useLoaderData,
  useRouteError,
  type LoaderFunctionArgs,
} from 'react-router'
import { createClient } from '../../src/client/create-auth-client.ts'
import { browserEnvironment } from '../../src/client/page/environment.ts'
import { browserNavigation } from '../../src/client/page/navigation.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import type { AppDevice } from '../client/setup.ts'

type Auth = AuthClient<UserClaims>

/** An application with a public home and guarded orders, in one router. */
export interface RouterApp {
  element: ReactNode
  go(to: '/' | '/orders'): Promise<void>
  /** Loads the route that is shown anew. */
  reload(): Promise<void>
  /** Loads the orders ahead, where the router can. */
  preload?(): Promise<unknown>
  dispose(): void
}

export interface RouterAppParts {
  auth: Auth
  /** What was drawn, in order. */
  drawn: string[]
  options?: RequireSessionOptions
}

/** A page of this test's window: its router and its client have one address bar. */
export function pageAt(on: AppDevice, path: string, cloneOf?: VirtualTab) {
  history.replaceState(null, '', path)
  const tab = on.world.tab({ url: location.href, ...(cloneOf && { cloneOf }) })
  const { issuer, clientId } = on.provider
  // A page of the application, so that its router knows it.
  const redirectUri = new URL(path, location.href).pathname.replace('orders', '')
  const { replaceUrl } = browserEnvironment()!
  const navigation = { ...tab.env.navigation!, goTo: browserNavigation.goTo }
  const env = { ...tab.env, location, replaceUrl, navigation }
  return { tab, client: createClient({ issuer, clientId, redirectUri }, () => env) }
}

function Drawn({ what, drawn }: { what: string; drawn: string[] }) {
  useLayoutEffect(() => void drawn.push(what))
  return what
}

const Failed = ({ error, drawn }: { error: unknown; drawn: string[] }) => (
  <Drawn what={`failed: ${(error as AuthError).code}`} drawn={drawn} />
)

const Orders = ({ of, drawn }: { of: string; drawn: string[] }) => (
  <>
    <Drawn what={`orders of ${of}`} drawn={drawn} />
    <input />
  </>
)

type Create = typeof createBrowserRouter

function reactRouter(
  create: Create,
  { auth, drawn, options }: RouterAppParts,
  kind: 'loader' | 'middleware',
): RouterApp {
  const guard = (args: LoaderFunctionArgs) => auth.requireSession({ ...args, ...options })
  const OfLoader = () => <Orders of={useLoaderData<{ subject: string }>().subject} drawn={drawn} />
  const FailedRoute = () => <Failed error={useRouteError()} drawn={drawn} />
  const orders =
    kind === 'loader'
      ? { loader: (args: LoaderFunctionArgs) => guard(args) }
      : {
          middleware: [async (args: LoaderFunctionArgs) => void (await guard(args))],
          // Of a live session it is there at once.
          loader: () => auth.requireSession({ ...options }),
        }
  const router = create(
    [
      {
        path: '/',
        element: <Outlet />,
        errorElement: <FailedRoute />,
        hydrateFallbackElement: <></>,
        children: [
          { index: true, element: <Drawn what="home" drawn={drawn} /> },
          { path: 'orders', Component: OfLoader, ...orders },
        ],
      },
    ],
    create === createHashRouter ? {} : { basename: '/app' },
  )
  return {
    element: <RouterProvider router={router} />,
    go: (to) => router.navigate(to),
    reload: () => router.revalidate(),
    dispose: () => router.dispose(),
  }
}

function tanStackRouter(
  { auth, drawn, options }: RouterAppParts,
  { hash }: { hash: boolean },
): RouterApp {
  const rootRoute = createRootRoute({ component: TanStackOutlet })
  const home = createRoute({
    getParentRoute: () => rootRoute,
    path: '/',
    component: () => <Drawn what="home" drawn={drawn} />,
  })
  const orders = createRoute({
    getParentRoute: () => rootRoute,
    path: '/orders',
    beforeLoad: (context) => auth.requireSession({ ...context, ...options }),
    component: function OfContext() {
      return <Orders of={orders.useRouteContext().subject ?? ''} drawn={drawn} />
    },
    errorComponent: ({ error }) => <Failed error={error} drawn={drawn} />,
  })
  const history = hash ? createHashHistory() : createBrowserHistory()
  const router = createRouter({
    routeTree: rootRoute.addChildren([home, orders]),
    history,
    ...(!hash && { basepath: '/app' }),
  })
  return {
    element: <TanStackProvider router={router as never} />,
    go: (to) => router.navigate({ to }),
    reload: () => router.invalidate(),
    preload: () => router.preloadRoute({ to: '/orders' }),
    dispose: () => history.destroy(),
  }
}

/** Where it is in the address bar, and how it is made. */
export interface RouterKind {
  home: string
  orders: string
  create(parts: RouterAppParts): RouterApp
}

export const routers: [string, RouterKind][] = [
  [
    'React Router, loader',
    {
      home: '/app/',
      orders: '/app/orders',
      create: (parts) => reactRouter(createBrowserRouter, parts, 'loader'),
    },
  ],
  [
    'React Router, middleware',
    {
      home: '/app/',
      orders: '/app/orders',
      create: (parts) => reactRouter(createBrowserRouter, parts, 'middleware'),
    },
  ],
  [
    'React Router in the fragment',
    {
      home: '/index.html#/',
      orders: '/index.html#/orders',
      create: (parts) => reactRouter(createHashRouter, parts, 'loader'),
    },
  ],
  [
    'TanStack Router',
    {
      home: '/app/',
      orders: '/app/orders',
      create: (parts) => tanStackRouter(parts, { hash: false }),
    },
  ],
  [
    'TanStack Router in the fragment',
    {
      home: '/index.html#/',
      orders: '/index.html#/orders',
      create: (parts) => tanStackRouter(parts, { hash: true }),
    },
  ],
]
