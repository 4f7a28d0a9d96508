import { expect, test } from 'vitest';
import { readAuthForm } from '@/lib/auth/form';

const post = (type: string | null, body: string | Uint8Array<ArrayBuffer>) =>
  readAuthForm(new Request('http://localhost/', { method: 'POST', body, headers: type ? { 'content-type': type } : {} }));

test('reads urlencoded and JSON forms, and of them only what belongs there', async () => {
  expect(await post('application/x-www-form-urlencoded', 'email=a%40b.c&password=%F0%9F%94%91+x&role=admin')).toEqual({
    email: 'a@b.c',
    password: '🔑 x',
  });
  expect(await post('application/json; charset=utf-8', '{"email":"a@b.c","json":"true","__proto__":{"x":1}}')).toEqual({
    email: 'a@b.c',
    json: 'true',
  });
});

test.each([
  ['text/plain', 'email=a'],
  ['multipart/form-data; boundary=x', '--x--'],
  [null, new Uint8Array([1, 2])],
  ['application/json', '{'],
  ['application/json', 'null'],
  ['application/json', '"text"'],
  ['application/json', '{"email":["a"]}'],
  ['application/json', '{"password":{"toString":1}}'],
  ['application/x-www-form-urlencoded', `password=${'x'.repeat(100_000)}`],
])('refuses %s %j', async (type, body) => {
  expect(await post(type, body)).toBeNull();
});
