// A real OpenID provider for the tests, as ProConnect behaves: the userinfo is a signed token.
// Usage: node provider.mjs PORT CALLBACK — whoever signs in as « x » has the address x@essai.fr.
// « x id_token {…} » or « x userinfo {…} » is x, whose token is signed again with these changes of its claims: null takes
// one away, exp, nbf and iat count seconds from now; "sign" says how: none, HS256, or by « another » key.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, callback] = process.argv.slice(2);
const SECRET = 'not-a-secret-that-anyone-would-keep';
const [key, another] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const rsa = by => text => sign('sha256', Buffer.from(text), by).toString('base64url');
const SIGN = {
  RS256: rsa(key), another: rsa(another), none: () => '',
  HS256: text => createHmac('sha256', SECRET).update(text).digest('base64url'),
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'estran', client_secret: SECRET, redirect_uris: [callback],
    post_logout_redirect_uris: [new URL('/connexion/', callback).href],
    userinfo_signed_response_alg: 'RS256', id_token_signed_response_alg: 'RS256',
  }],
  jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' }] },
  claims: { openid: ['sub'], email: ['email'], profile: ['given_name', 'usual_name'] },
  features: { jwtUserinfo: { enabled: true } },
  pkce: { required: () => false },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id.split(' ')[0]}@essai.fr`, given_name: id.split(' ')[0], usual_name: 'Essai' }),
  }),
});

function forge(token, which) {
  const [header, claims] = token.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url')));
  const [, wanted, changes] = claims.sub.match(/^\S+ (\w+) (.*)$/) ?? [];
  if (wanted !== which) return token;
  const { sign: how = 'RS256', whole, ...changed } = JSON.parse(changes);
  if (whole !== undefined) return whole;
  for (const name of ['exp', 'nbf', 'iat']) if (changed[name]) changed[name] += Math.floor(Date.now() / 1000);
  Object.assign(claims, changed);
  for (const name in claims) if (claims[name] === null) delete claims[name];
  Object.assign(header, how === 'another' ? {} : { alg: how });
  const text = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${SIGN[how](text)}`;
}

provider.use(async (context, next) => {
  await next();
  if (context.path === '/token' && context.body.id_token) context.body.id_token = forge(context.body.id_token, 'id_token');
  if (context.path === '/me' && context.status === 200) context.body = forge(`${context.body}`, 'userinfo');
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
