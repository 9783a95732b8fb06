import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AgentDesk } from '../src/locks/agent-desk.js';
import { DeskMemory, head } from '../src/locks/desk-memory.js';
import { thisThread } from '../src/locks/holder.js';
import { LockDesk } from '../src/locks/lock-desk.js';

/** A desk with both its sides, here in one thread, and two seats, of which the first has had its turn. */
function deskAfterTurn() {
  const desk = new LockDesk();
  const agent = new AgentDesk(new DeskMemory(desk.memory));
  const [first, second] = [desk.sit(thisThread()), desk.sit(thisThread())];
  agent.begin();
  first.ask();
  const number = agent.nextSeat() as number;
  assert.ok(agent.grant(number, 'proof'));
  first.release();
  return { agent, first, second, number };
}

it('a seat takes its next turn by itself while nobody else wants the lock', () => {
  const { agent, first, number } = deskAfterTurn();
  assert.ok(first.again());
  assert.equal(first.proof, 'proof');
  assert.ok(agent.hasLock(number));
  assert.equal(agent.takeBack(number), false);
});

it('not while another seat wants it', () => {
  const { first, second } = deskAfterTurn();
  second.ask();
  assert.equal(first.again(), false);
  assert.ok(second.withdraw());
  assert.ok(first.again());
});

it('not when the agent has taken it back, when it is lost, or at the end of the slice', () => {
  const taken = deskAfterTurn();
  assert.ok(taken.agent.takeBack(taken.number));
  assert.equal(taken.first.again(), false);

  const lost = deskAfterTurn();
  lost.agent.tellLost(lost.number);
  assert.equal(lost.first.again(), false);

  const { agent, first } = deskAfterTurn();
  while (!agent.isOver) {
    if (first.again()) first.release();
  }
  assert.equal(first.again(), false);
});

it('the agent takes those who want it in the order in which they asked, also when their numbers wrap', () => {
  const desk = new LockDesk();
  const memory = new DeskMemory(desk.memory);
  const agent = new AgentDesk(memory);
  memory.store(head.tickets, 2 ** 31 - 1);
  const seats = [0, 1, 2].map(() => desk.sit(thisThread()));
  for (const seat of [...seats].reverse()) seat.ask();
  const order: (number | undefined)[] = [];
  for (let seat = agent.nextSeat(); seat !== undefined; seat = agent.nextSeat()) {
    order.push(seat);
    assert.ok(agent.grant(seat, 'proof'));
  }
  assert.deepEqual(order, [2, 1, 0]);
});
