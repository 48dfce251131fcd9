/* SPDX-License-Identifier: MIT */
/* What the fleet's server does with counters, in its own language: the arithmetic of
 * attempts_entry. */
#include "store/fleet_script.h"

#include <string.h>

const char *const fleet_script_fields[FLEET_SCRIPT_FIELDS] = {"n", "s", "w", "l", "u", "c", "f"};

/* n failures, s since, w window, l lock, u until, c cleared, f forgotten; of the counter that holds
 * shares: ns nc of the name's window and how many, es ec ek of the entry's and which. A key of
 * another type is left alone. News of a clearing stays until no daemon can have the old count any
 * more; it is no older than what it clears, whose clock may be ahead. */
static const char shared[] =
    "local names = {'n','s','w','l','u','c','f'}\n"
    "local function load(key)\n"
    "  local values = redis.pcall('HMGET', key, 'n','s','w','l','u','c','f')\n"
    "  if values.err then return nil end\n"
    "  local t = {}\n"
    "  for i, name in ipairs(names) do t[name] = tonumber(values[i]) or 0 end\n"
    "  return t\n"
    "end\n"
    "local function bound(t, now)\n"
    "  if t.s > now then t.s = now end\n"
    "  if t.u > now + t.l then t.u = now + t.l end\n"
    "end\n"
    "local function over(t, now)\n"
    "  if t.u > now then return false end\n"
    "  return t.n == 0 or t.u ~= 0 or now >= t.s + t.w\n"
    "end\n"
    "local function store(key, t)\n"
    "  redis.call('HMSET', key, 'n',t.n, 's',t.s, 'w',t.w, 'l',t.l, 'u',t.u, 'c',t.c, 'f',t.f)\n"
    "  local life = t.w + t.l\n"
    "  if life < 1 then life = 86400 end\n"
    "  redis.call('PEXPIRE', key, life * 1000)\n"
    "end\n"
    "local function row(kind, t)\n"
    "  local values = {kind}\n"
    "  for i, name in ipairs(names) do values[i + 1] = tostring(math.floor(t[name])) end\n"
    "  return values\n"
    "end\n"
    "local now = tonumber(ARGV[1])\n"
    "local out = {}\n";

/* KEYS: counters, the first holds the shares; then the set of networks. ARGV: now, window, lock,
 * then the kind and the threshold of each counter. */
static const char count[] =
    "local window, lock = tonumber(ARGV[2]), tonumber(ARGV[3])\n"
    "local home, set = KEYS[1], KEYS[#KEYS]\n"
    "for i = 1, #KEYS - 1 do\n"
    "  local kind, threshold = ARGV[2 + 2 * i], tonumber(ARGV[3 + 2 * i])\n"
    "  local t = load(KEYS[i])\n"
    "  if t then\n"
    "    bound(t, now)\n"
    "    if t.u <= now then\n"
    "      if over(t, now) then t.n = 0 t.s = now t.u = 0 t.w = 0 t.l = 0 end\n"
    "      t.w = math.max(t.w, window) t.l = math.max(t.l, lock) t.n = t.n + 1\n"
    "      if threshold > 0 and t.n >= threshold then t.u = now + t.l end\n"
    "      store(KEYS[i], t)\n"
    "      local p = kind == '1' and 'n' or kind == '3' and 'e'\n"
    "      if p then\n"
    "        local has = redis.pcall('HMGET', home, p .. 's', p .. 'c', p .. 'k')\n"
    "        if not has.err then\n"
    "          local part = tonumber(has[2]) or 0\n"
    "          if tonumber(has[1]) ~= t.s or has[3] ~= KEYS[i] then part = 0 end\n"
    "          redis.call('HMSET', home, p .. 's', t.s, p .. 'c', part + 1, p .. 'k', KEYS[i])\n"
    "        end\n"
    "      end\n"
    "      if kind == '0' then\n"
    "        local size = redis.pcall('SCARD', set)\n"
    "        if type(size) == 'number' and size < 4096 then\n"
    "          redis.call('SADD', set, home)\n"
    "          redis.call('PEXPIRE', set, (window + lock) * 1000)\n"
    "        end\n"
    "      end\n"
    "    end\n"
    "    out[#out + 1] = row(kind, t)\n"
    "  end\n"
    "end\n"
    "return out\n";

/* KEYS: counters, the first holds the shares. ARGV: now, then the kind of each. */
static const char clear[] =
    "local home, h = KEYS[1], load(KEYS[1])\n"
    "if not h then return out end\n"
    "for i = 1, #KEYS do\n"
    "  local kind = ARGV[1 + i]\n"
    "  local p = kind == '1' and 'n' or kind == '3' and 'e'\n"
    "  local t = load(KEYS[i])\n"
    "  if p and t then\n"
    "    local has = redis.call('HMGET', home, p .. 's', p .. 'c', p .. 'k')\n"
    "    local part = tonumber(has[2]) or 0\n"
    "    if tonumber(has[1]) ~= t.s or has[3] ~= KEYS[i] then part = 0 end\n"
    "    bound(t, now)\n"
    "    if part > 0 and t.u <= now and not over(t, now) then\n"
    "      t.n = math.max(0, t.n - part)\n"
    "      t.c = math.max(now, t.c + 1, t.s)\n"
    "      store(KEYS[i], t)\n"
    "    end\n"
    "    if has[2] then redis.call('HSET', home, p .. 'c', 0) end\n"
    "    out[#out + 1] = row(kind, t)\n"
    "  elseif kind == '0' then\n"
    "    h.c = math.max(now, h.c + 1, h.s) h.n = 0 h.s = now h.u = 0\n"
    "    store(home, h)\n"
    "    out[#out + 1] = row(kind, h)\n"
    "  end\n"
    "end\n"
    "return out\n";

/* KEYS: counters, then the set of networks. ARGV: now, then the kind of each. What is forgotten
 * leaves a mark, by which other daemons forget it too. How many had counted something comes last.
 */
static const char forget[] = "local lifted = 0\n"
			     "local function drop(key)\n"
			     "  local t = load(key)\n"
			     "  if not t then return nil end\n"
			     "  if t.n > 0 then lifted = lifted + 1 end\n"
			     "  t.f = math.max(now, t.f + 1, t.s, t.u - t.l)\n"
			     "  t.n = 0 t.s = now t.u = 0\n"
			     "  store(key, t)\n"
			     "  redis.call('HMSET', key, 'nc', 0, 'ec', 0)\n"
			     "  redis.call('PEXPIRE', key, 86400000)\n"
			     "  return t\n"
			     "end\n"
			     "for i = 1, #KEYS - 1 do\n"
			     "  local t = drop(KEYS[i])\n"
			     "  if t then out[#out + 1] = row(ARGV[1 + i], t) end\n"
			     "end\n"
			     "local members = redis.pcall('SMEMBERS', KEYS[#KEYS])\n"
			     "if not members.err then\n"
			     "  for _, key in ipairs(members) do drop(key) end\n"
			     "  redis.call('DEL', KEYS[#KEYS])\n"
			     "end\n"
			     "out[#out + 1] = lifted\n"
			     "return out\n";

void fleet_script_put(struct buf *out, enum fleet_script script)
{
	static const char *const texts[FLEET_SCRIPTS] = {
	    [FLEET_SCRIPT_COUNT] = count,
	    [FLEET_SCRIPT_CLEAR] = clear,
	    [FLEET_SCRIPT_FORGET] = forget,
	};

	buf_put_text(out, shared);
	buf_put_text(out, texts[script]);
}

/* ---- what they are called with ---- */

static void begin(struct fleet_script_call *call, const unsigned char *secret,
		  const struct attempts_who *who)
{
	call->keys_count = 0;
	call->count = 0;
	call->out = (struct buf){call->text, 0, sizeof(call->text), false};
	fleet_key_of(secret, who, &call->keys);
}

static void add(struct fleet_script_call *call, const char *text)
{
	call->arg[call->count++] = text;
}

static void add_number(struct fleet_script_call *call, int64_t number)
{
	const char *text = call->out.at + call->out.len;

	buf_put_number(&call->out, number > 0 ? (uint64_t)number : 0);
	buf_put_char(&call->out, '\0');
	add(call, text);
}

/* The keys of the kinds in `wanted` that there are; in the order of enum attempts_kind, so that the
 * first is the one that holds shares. */
static void add_keys(struct fleet_script_call *call, const bool wanted[ATTEMPTS_KINDS], bool set)
{
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++) {
		call->keys.has[kind] = call->keys.has[kind] && wanted[kind];
		if (call->keys.has[kind])
			add(call, call->keys.key[kind]);
	}
	if (set)
		add(call, call->keys.networks);
	call->keys_count = call->count;
}

static uint64_t threshold_of(const struct attempts_rules *rules, unsigned kind)
{
	if (kind == ATTEMPTS_NETWORK)
		return rules->network_threshold;
	return (uint64_t)rules->threshold *
	       (kind == ATTEMPTS_NAME_NETWORK ? 1 : ATTEMPTS_NAME_FACTOR);
}

static void fill_count(struct fleet_script_call *call, const unsigned char *secret,
		       const struct attempts_who *who, const struct attempts_rules *rules,
		       int64_t now)
{
	bool names = rules->threshold > 0 || rules->delay_ms > 0;
	const bool wanted[ATTEMPTS_KINDS] = {
	    [ATTEMPTS_NAME_NETWORK] = names,
	    [ATTEMPTS_NAME] = names,
	    [ATTEMPTS_NETWORK] = rules->network_threshold > 0,
	    [ATTEMPTS_ENTRY] = names,
	};

	begin(call, secret, who);
	add_keys(call, wanted, true);
	add_number(call, now);
	add_number(call, rules->window);
	add_number(call, rules->lock);
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		if (call->keys.has[kind]) {
			add_number(call, kind);
			add_number(call, (int64_t)threshold_of(rules, kind));
		}
}

static void add_kinds(struct fleet_script_call *call, int64_t now)
{
	add_number(call, now);
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		if (call->keys.has[kind])
			add_number(call, kind);
}

static void fill_clear(struct fleet_script_call *call, const unsigned char *secret,
		       const struct attempts_who *who, int64_t now)
{
	static const bool wanted[ATTEMPTS_KINDS] = {
	    [ATTEMPTS_NAME_NETWORK] = true, [ATTEMPTS_NAME] = true, [ATTEMPTS_ENTRY] = true};

	begin(call, secret, who);
	add_keys(call, wanted, false);
	add_kinds(call, now);
}

static void fill_forget(struct fleet_script_call *call, const unsigned char *secret,
			const struct attempts_who *who, int64_t now)
{
	static const bool wanted[ATTEMPTS_KINDS] = {
	    [ATTEMPTS_NAME] = true, [ATTEMPTS_NETWORK] = true, [ATTEMPTS_ENTRY] = true};

	begin(call, secret, who);
	add_keys(call, wanted, true);
	add_kinds(call, now);
}

void fleet_script_fill(struct fleet_script_call *call, enum fleet_script script,
		       const unsigned char secret[FLEET_KEY_LEN], const struct attempts_who *who,
		       const struct attempts_rules *rules, int64_t now)
{
	switch (script) {
	case FLEET_SCRIPT_COUNT:
		fill_count(call, secret, who, rules, now);
		break;
	case FLEET_SCRIPT_CLEAR:
		fill_clear(call, secret, who, now);
		break;
	case FLEET_SCRIPT_FORGET:
		fill_forget(call, secret, who, now);
		break;
	}
}
