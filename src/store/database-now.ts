import type { Store } from './connect.ts';

/** The database's clock, the one leases are set and compared by. Moving the product's clock does not move it. */
export async function databaseNow(store: Pick<Store, 'connection'>): Promise<Date> {
  const { connection } = store;
  const hello = await connection.getClient().db(connection.name).command({ hello: 1 });
  return hello.localTime as Date;
}
