import { createMock } from './server.ts';

/** `node --import tsx test/web/mock/main.ts [port]`: the built pages over an inbox in memory. */
const port = Number(process.argv[2] ?? 4173);
const { app, email, password } = createMock();
app.listen(port, '127.0.0.1', () => console.log(`http://localhost:${port}  ${email} / ${password}`));
