// A real OpenID provider for the tests, as ProConnect behaves: the userinfo is a signed token.
// Usage: node provider.mjs PORT CALLBACK — whoever signs in as « x » has the address x@essai.fr.
import Provider from 'oidc-provider';

const [port, callback] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'estran', client_secret: 'not-a-secret', redirect_uris: [callback],
    post_logout_redirect_uris: [new URL('/connexion/', callback).href],
    userinfo_signed_response_alg: 'RS256', id_token_signed_response_alg: 'RS256',
  }],
  claims: { openid: ['sub'], email: ['email'], profile: ['given_name', 'usual_name'] },
  features: { jwtUserinfo: { enabled: true } },
  pkce: { required: () => false },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@essai.fr`, given_name: id, usual_name: 'Essai' }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
