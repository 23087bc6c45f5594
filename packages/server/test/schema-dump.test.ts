import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SQL_FOLDER } from '../src/store/migration-files.ts';
import { dumpSchema } from '../src/store/schema-dump.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

describe('sql/schema.sql', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  test('is the schema that the migrations lead to (npm run db:dump writes it)', async () => {
    const written = await readFile(join(SQL_FOLDER, 'schema.sql'), 'utf8');
    const dumped = await dumpSchema(database.pool);
    const { rows } = await database.pool.query<{ version: number }>(
      `select current_setting('server_version_num')::integer as version`,
    );
    // Before version 16 the columns of a view over one relation carry its name.
    const comparable = (rows[0]?.version ?? 0) < 160_000 ? withoutQualifiers : (text: string) => text;
    expect(comparable(dumped)).toBe(comparable(written));
  });
});

describe('the schema dump', () => {
  test('shows a table with all that belongs to it', async () => {
    const database = await createTestDatabase({ empty: true });
    onTestFinished(() => database.drop());
    await database.pool.query(`
      create function stamp() returns trigger language plpgsql as $$ begin return new; end $$;
      create table feeders (
        id bigint generated always as identity primary key,
        code text not null unique check (code <> ''),
        length_km numeric(8,3) default 0,
        code_key text generated always as (lower(code)) stored
      ) with (fillfactor = 80);
      create index feeders_length_idx on feeders (length_km) where length_km > 1;
      create trigger feeders_stamp before update on feeders for each row execute function stamp();
      comment on table feeders is 'Lines that leave a substation''s bus.';
      comment on column feeders.code is 'As on the diagram.';
      comment on index feeders_length_idx is 'Finds long ones.';
      comment on function stamp() is 'Does nothing.';`);
    expect(await dumpSchema(database.pool)).toBe(`\
-- The schema that the migrations lead to, for reading. Generated: change it by a migration, then npm run db:dump.

create table feeders (
  id bigint generated always as identity not null,
  code text not null,
  length_km numeric(8,3) default 0,
  code_key text generated always as (lower(code)) stored,
  constraint feeders_pkey PRIMARY KEY (id),
  constraint feeders_code_key UNIQUE (code),
  constraint feeders_code_check CHECK ((code <> ''::text))
) with (fillfactor=80);
CREATE INDEX feeders_length_idx ON feeders USING btree (length_km) WHERE (length_km > (1)::numeric);
CREATE TRIGGER feeders_stamp BEFORE UPDATE ON feeders FOR EACH ROW EXECUTE FUNCTION stamp();
comment on table feeders is 'Lines that leave a substation''s bus.';
comment on column feeders.code is 'As on the diagram.';
comment on index feeders_length_idx is 'Finds long ones.';

CREATE OR REPLACE FUNCTION stamp()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ begin return new; end $function$;
comment on function stamp() is 'Does nothing.';
`);
  });

  test('refuses what it would leave out', async () => {
    const database = await createTestDatabase({ empty: true });
    onTestFinished(() => database.drop());
    await database.pool.query(`create type colour as enum ('red')`);
    await expect(dumpSchema(database.pool)).rejects.toThrow(/does not know: type colour/);
  });
});

function withoutQualifiers(text: string): string {
  return text.replace(/\b\w+\.(?=[\w"])/g, '');
}
