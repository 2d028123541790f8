// A SQLite file that no daemon has open, looked at and written from outside, by Python's sqlite3.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const script = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
with db:
    print(json.dumps([db.execute(sql, args).fetchall() for sql, args in json.loads(sys.argv[2])]))
`;

// The rows of each statement: [sql, arguments].
export async function sqlite(path, statements) {
    const args = ['-c', script, path, JSON.stringify(statements.map(([sql, values = []]) => [sql, values]))];
    const { stdout } = await promisify(execFile)('python3', args, { maxBuffer: 1 << 26 });
    return JSON.parse(stdout);
}
