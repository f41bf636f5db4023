/**
 * The readable name of a device, from the headers of a request. Modern browsers put only the browser and the system
 * into `User-Agent`, so no list of models is needed. The order matters: many browsers also name browsers that come
 * later in the list.
 */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera|OPT)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex Browser'],
  [/\bDuckDuckGo\//, 'DuckDuckGo'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.* Safari\//, 'Safari'],
  [/^(?:curl|Wget|okhttp|python-requests|axios|Dart|Go-http-client|PostmanRuntime)\b/i, ''],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac(?:intosh| OS X)\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]

/** Brands that appear only in a client hint, not in their `User-Agent`. */
const brands = ['Brave', 'Opera', 'Vivaldi', 'Microsoft Edge']

/** For example "Firefox on Windows", "curl" or "Unknown device". */
export function deviceName(
  userAgent: string,
  hints: { brands?: string; platform?: string } = {},
): string {
  const browser = brandIn(hints.brands) ?? browserIn(userAgent)
  const system = systemIn(hints.platform) ?? nameIn(systems, userAgent)
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? 'Unknown device'
}

function browserIn(userAgent: string): string | undefined {
  const name = nameIn(browsers, userAgent)
  // Other programs send their own name.
  return name === '' ? userAgent.split(/[/\s]/)[0] : name
}

function nameIn(list: typeof browsers, userAgent: string): string | undefined {
  return list.find(([pattern]) => pattern.test(userAgent))?.[1]
}

function brandIn(hint = ''): string | undefined {
  const brand = brands.find((name) => hint.includes(`"${name}"`))
  return brand === 'Microsoft Edge' ? 'Edge' : brand
}

/** `Sec-CH-UA-Platform: "Windows"`. If the browser sends it, it distinguishes an iPad from a Mac. */
function systemIn(hint = ''): string | undefined {
  const platform = hint.replaceAll('"', '')
  const known: Readonly<Record<string, string>> = { 'Chrome OS': 'ChromeOS', iOS: 'iPhone' }
  const isKnown = systems.some(([, name]) => name === platform)
  return isKnown ? platform : Object.hasOwn(known, platform) ? known[platform] : undefined
}
