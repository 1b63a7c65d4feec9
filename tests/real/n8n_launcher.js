#!/usr/local/bin/node
// Stands in for n8n's task-runner-launcher, which is released on GitHub only: the same environment, the same talk with
// n8n's task broker, the same runner behind it.
//
// It offers the broker a runner and starts none until a task is there; then it hands the task back and starts the real
// runner, which asks for it. A runner that had nothing to do for a while ends, and the launcher offers again. A signal to
// stop goes on to the runner; without one the offer stands until the broker goes away or its time is over.
'use strict';

const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { createServer } = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const BROKER = process.env.N8N_RUNNERS_TASK_BROKER_URI;
const START = '/opt/runners/task-runner-javascript/dist/start.js';
const HANDED_ON = [
  'PATH', 'GENERIC_TIMEZONE', 'NODE_OPTIONS', 'NODE_PATH', 'N8N_RUNNERS_GRACEFUL_SHUTDOWN_TIMEOUT',
  'N8N_RUNNERS_TASK_TIMEOUT', 'N8N_RUNNERS_MAX_CONCURRENCY', 'HOME',
];

const seconds = (name) => Number(process.env[`N8N_RUNNERS_${name}GRACEFUL_SHUTDOWN_TIMEOUT`]);
const GRACE = seconds('LAUNCHER_') || (seconds('') || 30) + 20;

let runner;
let stopping = false;

async function grantToken() {
  const answer = await fetch(`${BROKER}/runners/auth`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token: process.env.N8N_RUNNERS_AUTH_TOKEN }),
  });
  if (!answer.ok) throw new Error(`the broker refused the token: ${answer.status}`);
  return (await answer.json()).data.token;
}

// offered returns once the broker has a task for the runner that is offered to it.
async function offered() {
  const headers = { Authorization: `Bearer ${await grantToken()}` };
  const address = `${BROKER.replace('http', 'ws')}/runners/_ws?id=${randomBytes(8).toString('hex')}`;
  const socket = new WebSocket(address, { headers });
  const say = (message) => socket.send(JSON.stringify(message));
  await new Promise((resolve, reject) => {
    socket.onclose = () => reject(new Error('the broker is away'));
    socket.onerror = () => reject(new Error('the broker is away'));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'broker:inforequest') {
        say({ type: 'runner:info', types: ['javascript'], name: 'launcher-javascript' });
      } else if (message.type === 'broker:runnerregistered') {
        const offerId = randomBytes(8).toString('hex');
        say({ type: 'runner:taskoffer', taskType: 'javascript', offerId, validFor: -1 });
      } else if (message.type === 'broker:taskofferaccept') {
        say({ type: 'runner:taskdeferred', taskId: message.taskId });
        socket.close();
        resolve();
      }
    };
  });
}

async function run() {
  const environment = Object.fromEntries(HANDED_ON.filter((name) => name in process.env).map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, ['--disallow-code-generation-from-strings', '--disable-proto=delete', START], {
    stdio: 'inherit',
    env: {
      ...environment,
      N8N_RUNNERS_TASK_BROKER_URI: BROKER,
      N8N_RUNNERS_GRANT_TOKEN: await grantToken(),
      N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT: process.env.N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT ?? '15',
      N8N_RUNNERS_HEALTH_CHECK_SERVER_ENABLED: 'true',
      NODE_FUNCTION_ALLOW_BUILTIN: 'crypto',
      NODE_FUNCTION_ALLOW_EXTERNAL: 'moment',
    },
  });
  runner = child;
  await new Promise((resolve) => child.on('exit', resolve));
  runner = undefined;
}

async function main() {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      stopping = true;
      runner?.kill('SIGTERM');
      setTimeout(() => process.exit(0), GRACE * 1000);
    });
  }
  createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end('{"status":"ok"}');
  }).listen(5680);
  while (!stopping) {
    try {
      await offered();
      await run();
    } catch (error) {
      console.error(error.message);
      await sleep(5000);
    }
  }
  process.exit(0);
}

main();
