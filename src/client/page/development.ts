declare const process: { env: { NODE_ENV?: string } }

/** Bundlers make it a constant, and drop in production what stands behind it. */
export const DEVELOPMENT = process.env.NODE_ENV !== 'production'
