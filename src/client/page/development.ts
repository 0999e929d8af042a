declare const process: { env: { NODE_ENV?: string } }

/**
 * Whether this is no production build. Without a bundler there is no `process`, and this is false. A `typeof process`
 * would not do: under a bundler's development server there is none either, and `process.env.NODE_ENV` is a constant.
 *
 * Bundlers drop what stands behind `DEVELOPMENT && process.env.NODE_ENV !== 'production'`: the second half is what they
 * all know to be constant, and the first keeps it from being asked where it is not replaced.
 */
export const DEVELOPMENT = /* @__PURE__ */ isDevelopment()

function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV !== 'production'
  } catch {
    return false
  }
}
