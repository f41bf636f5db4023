import { Buffer } from 'node:buffer'
import type { Hono } from 'hono'
import { handle as onLambda } from 'hono/aws-lambda'
import { handle as onLambdaEdge } from 'hono/lambda-edge'
import { handle as onNetlify } from 'hono/netlify'
import { handle as onVercel } from 'hono/vercel'

/** The IP address of the client in all requests. */
export const clientAddress = '203.0.113.9'

/** A gateway between a browser and an app: it turns a request into an event, and the result into a response. */
export interface Gateway {
  fetch(request: Request): Promise<Response>
}

/** A request as gateways see it, with the headers that each of them adds. */
async function parsed(request: Request) {
  const url = new URL(request.url)
  const headers: Record<string, string> = Object.fromEntries(request.headers)
  const body = Buffer.from(await request.arrayBuffer())
  headers.host = url.host
  headers['x-forwarded-for'] = clientAddress
  headers['x-forwarded-proto'] = 'https'
  return {
    url,
    body: body.length === 0 ? null : body.toString('base64'),
    method: request.method,
    cookies: (headers.cookie ?? '').split('; ').filter(Boolean),
    headers,
  }
}

type Parsed = Awaited<ReturnType<typeof parsed>>

const several = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))

/** The result of a function on AWS. */
interface Result {
  readonly statusCode: number
  readonly body: string
  readonly isBase64Encoded: boolean
  readonly headers?: Readonly<Record<string, unknown>>
  readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[]>>
  readonly cookies?: readonly string[]
}

type Field = readonly [name: string, value: unknown]

function responseOf({ statusCode, body, isBase64Encoded }: Result, fields: Field[]): Response {
  const headers = new Headers()
  for (const [name, value] of fields) headers.append(name, String(value))
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  const isEmpty = bytes.length === 0
  return new Response(isEmpty ? null : bytes, { status: statusCode, headers })
}

const single = ({ headers = {} }: Result): Field[] => Object.entries(headers)
const multiple = ({ multiValueHeaders = {} }: Result): Field[] =>
  Object.entries(multiValueHeaders).flatMap(([name, values]) =>
    values.map((value): Field => [name, value]),
  )

/**
 * An HTTP API of API Gateway, and a function URL: payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function eventV2({ url, method, headers, cookies, body }: Parsed) {
  const { cookie: _, ...rest } = headers
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookies.length > 0 && { cookies }),
    headers: rest,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      authentication: null,
      authorizer: {},
      domainName: url.host,
      domainPrefix: 'shop',
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: clientAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
    },
    body,
    isBase64Encoded: body !== null,
  }
}

/** A REST API of API Gateway: payload format 1.0. */
function eventV1({ url, method, headers, body }: Parsed) {
  const query = Object.fromEntries(url.searchParams)
  return {
    version: '1.0',
    resource: '/{proxy+}',
    path: url.pathname,
    httpMethod: method,
    headers,
    multiValueHeaders: several(headers),
    queryStringParameters: query,
    multiValueQueryStringParameters: several(query),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      domainName: url.host,
      httpMethod: method,
      identity: { sourceIp: clientAddress, userAgent: headers['user-agent'] ?? '' },
      path: url.pathname,
      protocol: 'HTTP/1.1',
      requestId: 'id',
      resourcePath: '/{proxy+}',
      stage: '$default',
    },
    pathParameters: null,
    stageVariables: null,
    body,
    isBase64Encoded: body !== null,
  }
}

/**
 * An Application Load Balancer, whose target group sends each header either once or as often as it came.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
function eventOfBalancer({ url, method, headers, body }: Parsed, isMultiple: boolean) {
  const query = Object.fromEntries(url.searchParams)
  return {
    requestContext: {
      elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:region:1:targetgroup/a' },
    },
    httpMethod: method,
    path: url.pathname,
    ...(isMultiple
      ? { multiValueHeaders: several(headers), multiValueQueryStringParameters: several(query) }
      : { headers, queryStringParameters: query }),
    body: body ?? '',
    isBase64Encoded: body !== null,
  }
}

/** A test cannot create a complete event, so it does not use the types of the adapter. */
async function invoke(app: Hono, event: object): Promise<Result> {
  const result: unknown = await Reflect.apply(onLambda(app), undefined, [event, {}])
  return Object(result)
}

export const functionUrl = (app: Hono): Gateway => ({
  async fetch(request) {
    const result = await invoke(app, eventV2(await parsed(request)))
    const cookies = (result.cookies ?? []).map((cookie): Field => ['set-cookie', cookie])
    return responseOf(result, [...single(result), ...cookies])
  },
})

export const restApi = (app: Hono): Gateway => ({
  async fetch(request) {
    const result = await invoke(app, eventV1(await parsed(request)))
    const many = multiple(result)
    const named = new Set(many.map(([name]) => name))
    return responseOf(result, [...single(result).filter(([name]) => !named.has(name)), ...many])
  },
})

export const loadBalancer = (app: Hono, isMultiple: boolean): Gateway => ({
  async fetch(request) {
    const result = await invoke(app, eventOfBalancer(await parsed(request), isMultiple))
    // The adapter reads only one of the two.
    return responseOf(result, isMultiple ? multiple(result) : single(result))
  },
})

/** CloudFront, at the origin request. */
export const lambdaEdge = (app: Hono): Gateway => ({
  async fetch(request) {
    const { url, method, headers, body } = await parsed(request)
    const event = {
      Records: [
        {
          cf: {
            config: {
              distributionDomainName: 'd111111abcdef8.cloudfront.net',
              distributionId: 'EDFDVBD6EXAMPLE',
              eventType: 'origin-request',
              requestId: 'id',
            },
            request: {
              clientIp: clientAddress,
              headers: Object.fromEntries(
                Object.entries(headers).map(([key, value]) => [key, [{ key, value }]]),
              ),
              method,
              querystring: url.search.slice(1),
              uri: url.pathname,
              ...(body !== null && {
                body: {
                  inputTruncated: false,
                  action: 'read-only',
                  encoding: 'base64',
                  data: body,
                },
              }),
            },
          },
        },
      ],
    }
    const result = Object(await Reflect.apply(onLambdaEdge(app), undefined, [event, {}, () => {}]))
    const all: Record<string, { value: string }[]> = result.headers ?? {}
    const fields = Object.entries(all).flatMap(([name, values]) =>
      values.map(({ value }): Field => [name, value]),
    )
    return responseOf(
      {
        statusCode: Number(result.status),
        body: result.body ?? '',
        isBase64Encoded: result.bodyEncoding === 'base64',
      },
      fields,
    )
  },
})

/** A function of Vercel, and a route handler of Next.js. Vercel overwrites the header. */
export const vercel = (app: Hono): Gateway => ({
  async fetch(request) {
    const headers = new Headers(request.headers)
    headers.set('X-Forwarded-For', clientAddress)
    headers.set('X-Forwarded-Proto', 'https')
    return onVercel(app)(new Request(request, { headers }))
  },
})

/** A function or an edge function of Netlify. */
export const netlify = (app: Hono): Gateway => ({
  async fetch(request) {
    return Reflect.apply(onNetlify(app), undefined, [request, { ip: clientAddress }])
  },
})
