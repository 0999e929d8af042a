import type { SessionContents } from './session-contents.ts'

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isFlag: Check = (value) => typeof value === 'boolean'
const isObject: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const recordOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value as object).every(check)
/** Members that are not named are another version's, and stay. */
const withMembers =
  (checks: Record<string, Check>): Check =>
  (value) =>
    isObject(value) &&
    Object.entries(checks).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const isToken = withMembers({
  ...{ accessToken: isText, tokenType: isText, scope: isText },
  ...{ sentAt: isNumber, lifetime: isNumber, generation: isNumber },
})
const isPause = withMembers({
  ...{ until: isNumber, failures: isNumber, refused: isFlag },
  error: withMembers({ code: isText }),
})
const isContents = withMembers({
  refreshToken: optional(isText),
  replaced: optional(listOf(isText)),
  idToken: optional(isText),
  claims: withMembers({ sub: isText }),
  userInfo: optional(isObject),
  generation: isNumber,
  history: withMembers({ ambiguous: isFlag, refusals: isNumber }),
  tokens: recordOf(isToken),
  pauses: recordOf(isPause),
})

/** What was sealed here has what its type says, unless another version of the backend sealed it: that one may read it. */
export function readContents(opened: unknown): SessionContents | undefined {
  return isContents(opened) ? (opened as SessionContents) : undefined
}
