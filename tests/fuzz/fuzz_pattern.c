/* Patterns of scripts: a line of pattern, then the subject. Whatever it is, it ends, within the budget and the bounds. */
#include "lua/vm/sandbox.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static const char searcher[] =
    "local s, p = ...\n"
    "pcall(string.find, s, p, 2)\n"
    "pcall(string.match, s, p)\n"
    "pcall(string.gsub, s, p, '%1%0')\n"
    "pcall(string.gsub, s, p, function(a) return a end)\n"
    "pcall(function() for a in s:gmatch(p) do if #a > #s then error('longer') end end end)\n";

static struct script_vm *vm;

static void open_vm(void)
{
    static const struct script_budget budget = {
        .steps = 20000, .stretch_ns = 1000000000, .call_memory = 4 << 20, .memory = 32 << 20
    };
    vm = script_vm_new(&budget, NULL);
    if (!vm || !sandbox_open(vm) || luaL_loadbufferx(vm->lua, searcher, strlen(searcher), "=fuzz", "t") != LUA_OK)
        abort();
    sandbox_push_globals(vm->lua);
    lua_setupvalue(vm->lua, -2, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script_thread thread;
    if (!vm)
        open_vm();
    const uint8_t *line = memchr(data, '\n', size);
    size_t pattern_len = line ? (size_t)(line - data) : size;
    if (!script_thread_begin(vm, &thread))
        abort();
    lua_pushvalue(vm->lua, 1);
    lua_xmove(vm->lua, thread.lua, 1);
    lua_pushlstring(thread.lua, line ? (const char *)line + 1 : "", line ? size - pattern_len - 1 : 0);
    lua_pushlstring(thread.lua, (const char *)data, pattern_len);
    enum script_outcome outcome = script_vm_resume(vm, &thread, 2);
    if (outcome == SCRIPT_FAULTY && vm->killed == SCRIPT_FAULT_ERROR)
        abort();
    script_thread_end(vm, &thread, outcome == SCRIPT_DONE);
    return 0;
}
