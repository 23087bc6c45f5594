import { once } from 'node:events';
import { ERRORS, OmsError } from '@lastgasp/model';
import { SERVER_ROLES, type ServerRole } from '../api/api-context.ts';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { createLog } from '../log.ts';
import { type RunningServer, type ServerOptions, startServer } from '../serve.ts';

/** `serve`: the gateway, ingestion, correlation and the operators' console until the process is stopped. */
export const command: CommandModule = {
  lifetime: 'untilStopped',
  register: (command, { config, output, signal }) => {
    command
      .option('--roles <roles>', `what this process does: ${SERVER_ROLES.join(',')}`, SERVER_ROLES.join(','))
      .action(async (options: { roles: string }) => {
        const roles = readRoles(options.roles);
        const server = await startOrExplain({ config, log: createLog(config.logLevel), roles });
        output.line(server.url);
        if (!signal.aborted) await once(signal, 'abort');
        await server.close();
      });
  },
};

/** What an operator can mend is one line, not a stack. */
async function startOrExplain(options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer(options);
  } catch (error) {
    if (error instanceof OmsError && ERRORS[error.code].httpStatus === null) {
      throw new CommandFailure(error.message, EXIT_CODES.failed, { cause: error });
    }
    throw error;
  }
}

function readRoles(text: string): ServerRole[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const roles = SERVER_ROLES.filter((role) => words.includes(role));
  const unknown = words.find((word) => !SERVER_ROLES.some((role) => role === word));
  if (unknown !== undefined || roles.length === 0) {
    throw new CommandFailure(
      `--roles ${text}: give one or more of ${SERVER_ROLES.join(', ')}, separated by commas`,
      EXIT_CODES.usage,
    );
  }
  return roles;
}
