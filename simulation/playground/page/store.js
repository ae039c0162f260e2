// What the page knows of the world as one member sees it, and how it acts for that member.

import { setClock } from "./clock.js";

const base = new URL(".", location.href);

/** What has to be shown anew and what taken away, so that one state of the messages becomes another. */
function differences(before, after) {
  const same = (message) => JSON.stringify(before.get(message.id)) === JSON.stringify(message);
  return { messages: [...after.values()].filter((message) => !same(message)), gone: [...before.keys()].filter((id) => !after.has(id)) };
}

/** What is known; `told` is called after each change with what changed. */
export class Store {
  constructor(told) {
    this.told = told;
    this.state = null;
    this.messages = new Map();
    this.socket = null;
    this.wait = 250;
  }

  get me() {
    return this.state.me;
  }

  /** Act as somebody from now on. */
  become(person) {
    this.person = person;
    this.socket?.close();
    this.listen();
  }

  listen() {
    const address = new URL(`feed/${this.person}`, base);
    address.protocol = "ws:";
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) this.hear(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      if (socket !== this.socket) return;
      this.told({ lost: true });
      this.wait = Math.min(this.wait * 2, 8000);
      setTimeout(() => socket === this.socket && this.listen(), this.wait);
    });
  }

  hear(news) {
    setClock(news.now, news.state?.frozen ?? this.state?.frozen);
    this.wait = 250;
    const known = this.messages;
    const before = this.state?.me;
    if (news.state) {
      const { me, messages } = news.state;
      this.state = news.state;
      this.messages = new Map(messages.map((message) => [message.id, message]));
      if (me.id === before?.id && me.locale === before.locale) news = { ...news, ...differences(known, this.messages) };
    }
    for (const message of news.messages ?? []) this.messages.set(message.id, message);
    for (const id of news.gone ?? []) this.messages.delete(id);
    this.told(news);
  }

  /** The messages of a channel, oldest first. */
  in(channel) {
    const found = [...this.messages.values()].filter((message) => message.channel === channel);
    return found.sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
  }

  channel(id) {
    return this.state.channels.find((channel) => channel.id === id);
  }

  guild(id) {
    return this.state.guilds.find((guild) => guild.id === id);
  }

  /** Do something as the member; returns what came of it, never throws. */
  async act(deed, facts) {
    return this.send("POST", `deeds/${this.person}`, { deed, ...facts });
  }

  async send(method, path, facts = {}) {
    const body = method === "GET" ? undefined : JSON.stringify(facts);
    try {
      const response = await fetch(new URL(path, base), { method, body, headers: { "Content-Type": "application/json" } });
      return await response.json();
    } catch (problem) {
      return { acknowledged: false, kind: "none", error: String(problem) };
    }
  }

  async commands(channel) {
    const response = await fetch(new URL(`commands/${this.person}/${channel}`, base));
    return response.ok ? response.json() : [];
  }

  /** What a mention says. */
  name(of, id) {
    if (of === "person") return `@${this.state.accounts[id] ?? "unknown-user"}`;
    if (of === "channel") return `#${this.channel(id)?.name ?? "unknown"}`;
    if (of === "command") return `/${id}`;
    const roles = Object.assign({}, ...this.state.guilds.map((guild) => guild.roles));
    return `@${(roles[id] ?? "unknown-role").replace(/^@/, "")}`;
  }

  /** What a select or option of a kind offers in a channel: people (5), roles (6), both (7), channels (8). */
  things(kind, channel, kinds) {
    const guild = this.guild(channel.guild);
    const people = guild ? guild.members.map((member) => ({ value: member.id, label: member.name })) : [this.me, this.state.bot].map((one) => ({ value: one.id, label: one.name }));
    const roles = guild ? Object.entries(guild.roles).map(([value, label]) => ({ value, label: label.startsWith("@") ? label : `@${label}` })) : [];
    const channels = this.state.channels.filter((one) => one.guild === channel.guild && (!kinds?.length || kinds.includes(one.kind))).map((one) => ({ value: one.id, label: `#${one.name}` }));
    return { 5: people, 6: roles, 7: [...people, ...roles], 8: channels }[kind];
  }
}
