#if PIP_REDIS
/// The atomic server-side operations of a queue on a stream: a process or a connection that ends between two steps
/// leaves no partial changes.
///
/// A received message stays in the pending entries of the consumer group, which counts its deliveries, until it is
/// settled. All receivers are one consumer, because consumers of ended processes would never be removed. Each message
/// is in exactly one of three places: locked, ready, or waiting for its group.
enum RedisStreamScripts {
    /// Creates the queue if it is missing. Arguments: name, maximum size, topic or empty, prefix.
    static let create = RedisScript(
        head + """
            redis.call('SADD', names, ARGV[1])
            local old = redis.call('HGET', options, 'topic')
            if old and old ~= ARGV[3] then redis.call('SREM', ARGV[4] .. 'topic:' .. old, ARGV[1]) end
            redis.call('HSET', options, 'size', ARGV[2])
            if ARGV[3] == '' then
                redis.call('HDEL', options, 'topic')
            else
                redis.call('HSET', options, 'topic', ARGV[3])
                redis.call('SADD', ARGV[4] .. 'topic:' .. ARGV[3], ARGV[1])
            end
            redis.pcall('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
            return 1
            """)

    /// Deletes the queue. Arguments: name, prefix.
    static let remove = RedisScript(
        head + """
            local topic = redis.call('HGET', options, 'topic')
            if topic then redis.call('SREM', ARGV[2] .. 'topic:' .. topic, ARGV[1]) end
            redis.call('SREM', names, ARGV[1])
            forget()
            redis.call('DEL', stream, dead, options, full)
            return 1
            """)

    /// Removes all messages except dead letters.
    static let clear = RedisScript(
        head + """
            forget()
            redis.call('XTRIM', stream, 'MAXLEN', 0)
            redis.pcall('XGROUP', 'DESTROY', stream, GROUP)
            redis.pcall('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
            if redis.call('DEL', full) == 1 then redis.call('PUBLISH', channel, 'room') end
            return 1
            """)

    /// Adds a message to several queues, or to none if one is full. Keys: the set of names, then for each queue the
    /// stream, the options, the full mark and the channel. Arguments: message, group or empty, the names of the queues.
    ///
    /// Returns 0, the index of a full queue, or the negated index of a missing one.
    static let publish = RedisScript(
        """
        local count = (#KEYS - 1) / 4
        for i = 1, count do
            if redis.call('SISMEMBER', KEYS[1], ARGV[2 + i]) == 0 then return -i end
        end
        for i = 1, count do
            local base = 4 * i - 3
            local size = tonumber(redis.call('HGET', KEYS[base + 2], 'size') or 10000)
            if redis.call('XLEN', KEYS[base + 1]) >= size then
                redis.call('SET', KEYS[base + 3], 1, 'PX', 60000)
                return i
            end
        end
        for i = 1, count do
            local base = 4 * i - 3
            if ARGV[2] == '' then
                redis.call('XADD', KEYS[base + 1], '*', 'm', ARGV[1])
            else
                redis.call('XADD', KEYS[base + 1], '*', 'm', ARGV[1], 'g', ARGV[2])
            end
            redis.call('PUBLISH', KEYS[base + 4], 'message')
        end
        return 0
        """)

    /// Locks the next message. Arguments: lock time in ms; 1 to search for messages that other programs left pending.
    ///
    /// Returns 1, id, delivery count and message; or 0 and the time in ms until one may be ready, negative if unknown;
    /// or 2 if more entries need to be checked.
    static let receive = RedisScript(
        head + """
            local time, until_ = now(), now() + tonumber(ARGV[1])

            -- Locks that ended.
            for _, id in ipairs(redis.call('ZRANGEBYSCORE', locked, '-inf', time, 'LIMIT', 0, 100)) do
                redis.call('ZREM', locked, id)
                redis.call('ZADD', ready, time, id)
            end

            -- What was received before.
            for _, id in ipairs(redis.call('ZRANGEBYSCORE', ready, '-inf', time, 'LIMIT', 0, 100)) do
                local claimed = redis.pcall('XCLAIM', stream, GROUP, GROUP, 0, id)
                if claimed.err then
                    restore(claimed.err)
                    return {2}
                end
                local entry = claimed[1]
                redis.call('ZREM', ready, id)
                if entry and entry[2] then
                    redis.call('ZADD', locked, until_, id)
                    local pending = redis.call('XPENDING', stream, GROUP, id, id, 1)
                    return {1, id, pending[1][4], field(entry[2], 'm') or ''}
                end
                -- The entry was deleted by another program, or trimmed.
                redis.call('XACK', stream, GROUP, id)
                release(id)
            end

            -- What is new.
            for _ = 1, 100 do
                local read = redis.pcall('XREADGROUP', 'GROUP', GROUP, GROUP, 'COUNT', 1, 'STREAMS', stream, '>')
                if not read then break end
                if read.err then
                    restore(read.err)
                    return {2}
                end
                local id, fields = read[1][2][1][1], read[1][2][1][2]
                local name = field(fields, 'g')
                if name and redis.call('HEXISTS', groups, name) == 1 then
                    redis.call('HSET', members, id, name)
                    redis.call('RPUSH', waiting .. name, id)
                    redis.call('XCLAIM', stream, GROUP, GROUP, 0, id, 'RETRYCOUNT', 0, 'JUSTID')
                else
                    if name then
                        redis.call('HSET', groups, name, id)
                        redis.call('HSET', members, id, name)
                    end
                    redis.call('ZADD', locked, until_, id)
                    return {1, id, 1, field(fields, 'm') or ''}
                end
                if _ == 100 then return {2} end
            end

            -- What another program received and never settled.
            if ARGV[2] == '1' then
                local found = redis.pcall(
                    'XAUTOCLAIM', stream, GROUP, GROUP, ARGV[1], redis.call('HGET', options, 'cursor') or '0-0',
                    'COUNT', 100, 'JUSTID')
                if not found.err then
                    redis.call('HSET', options, 'cursor', found[1])
                    local any = false
                    for _, id in ipairs(found[2]) do
                        if not redis.call('ZSCORE', locked, id) and not redis.call('ZSCORE', ready, id)
                            and redis.call('HEXISTS', members, id) == 0
                        then
                            redis.call('ZADD', ready, time, id)
                            any = true
                        end
                    end
                    if any then return {2} end
                end
            end

            local first
            for _, set in ipairs({locked, ready}) do
                local entry = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
                if entry[2] and (not first or tonumber(entry[2]) < first) then first = tonumber(entry[2]) end
            end
            return {0, first and math.max(0, first - time) or -1}
            """)

    /// Settles a message. Arguments: id, delivery count, operation, and its parameters: a time in ms, or for a dead
    /// letter the message id, the error, the time and the maximum number of dead letters.
    ///
    /// Returns 0 on success, or the number of displaced dead letters; -1 if the lock has expired, -2 if the message was
    /// already settled.
    static let settle = RedisScript(
        head + """
            local id, time, action = ARGV[1], now(), ARGV[3]
            local pending = redis.pcall('XPENDING', stream, GROUP, id, id, 1)
            if pending.err then return -1 end
            if #pending == 0 then return -2 end
            if pending[1][4] ~= tonumber(ARGV[2]) then return -1 end
            local ends = redis.call('ZSCORE', locked, id)
            if not ends then return redis.call('ZSCORE', ready, id) and -2 or -1 end
            if tonumber(ends) <= time then return -1 end

            if action == 'renew' then
                redis.call('ZADD', locked, time + tonumber(ARGV[4]), id)
                return 0
            end
            if action == 'abandon' or action == 'undo' then
                redis.call('ZREM', locked, id)
                redis.call('ZADD', ready, time + tonumber(ARGV[4]), id)
                if action == 'undo' then
                    local count = tonumber(ARGV[2]) - 1
                    redis.call('XCLAIM', stream, GROUP, GROUP, 0, id, 'RETRYCOUNT', count, 'JUSTID')
                end
                redis.call('PUBLISH', channel, 'message')
                return 0
            end

            local displaced = 0
            if action == 'dead' then
                local entry = redis.call('XRANGE', stream, id, id)[1]
                local message = entry and field(entry[2], 'm') or ''
                local name = redis.call('HGET', members, id) or ''
                redis.call('XADD', dead, '*', 'm', message, 'g', name, 'i', ARGV[4], 'e', ARGV[5], 't', ARGV[6],
                    'n', ARGV[2])
                displaced = redis.call('XTRIM', dead, 'MAXLEN', ARGV[7])
            end
            redis.call('XACK', stream, GROUP, id)
            redis.call('XDEL', stream, id)
            redis.call('ZREM', locked, id)
            release(id)
            if redis.call('DEL', full) == 1 then redis.call('PUBLISH', channel, 'room') end
            return displaced
            """)

    /// The number of unlocked messages.
    static let count = RedisScript(
        head + """
            return redis.call('XLEN', stream) - redis.call('ZCOUNT', locked, '(' .. now(), '+inf')
            """)

    /// The unlocked messages in the order of sending. Argument: the maximum number.
    static let peek = RedisScript(
        head + """
            local result, from, time, limit = {}, '-', now(), tonumber(ARGV[1])
            while #result < limit do
                local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', math.min(100, limit))
                if #entries == 0 then break end
                for _, entry in ipairs(entries) do
                    local ends = redis.call('ZSCORE', locked, entry[1])
                    if #result < limit and not (ends and tonumber(ends) > time) then
                        result[#result + 1] = field(entry[2], 'm') or ''
                    end
                end
                from = '(' .. entries[#entries][1]
            end
            return result
            """)

    /// Removes dead letters. Arguments: 1 to send them again; 1 for all, otherwise the ids of the messages. Returns
    /// their number.
    static let takeDead = RedisScript(
        head + """
            local wanted = {}
            for i = 3, #ARGV do wanted[ARGV[i]] = true end
            local count, from = 0, '-'
            while true do
                -- A few at a time: they may be large.
                local entries = redis.call('XRANGE', dead, from, '+', 'COUNT', 10)
                if #entries == 0 then break end
                for _, entry in ipairs(entries) do
                    if ARGV[2] == '1' or wanted[field(entry[2], 'i')] then
                        if ARGV[1] == '1' then
                            local message, name = field(entry[2], 'm') or '', field(entry[2], 'g')
                            if name and name ~= '' then
                                redis.call('XADD', stream, '*', 'm', message, 'g', name)
                            else
                                redis.call('XADD', stream, '*', 'm', message)
                            end
                        end
                        redis.call('XDEL', dead, entry[1])
                        count = count + 1
                    end
                end
                from = '(' .. entries[#entries][1]
            end
            if count > 0 and ARGV[1] == '1' then redis.call('PUBLISH', channel, 'message') end
            return count
            """)

    // MARK: - Internal

    private static let head = """
        local stream, locked, ready, groups, members, waiting, dead, options, full, channel, names = unpack(KEYS)
        -- The name of the group, and of its only consumer.
        local GROUP = '\(RedisStreamKeys.group)'

        local function now()
            local time = redis.call('TIME')
            return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        end

        local function field(fields, name)
            for i = 1, #fields, 2 do
                if fields[i] == name then return fields[i + 1] end
            end
        end

        -- Lets the next message of a group follow.
        local function release(id)
            local name = redis.call('HGET', members, id)
            if not name then return end
            redis.call('HDEL', members, id)
            if redis.call('HGET', groups, name) == id then
                local follower = redis.call('LPOP', waiting .. name)
                if follower then
                    redis.call('HSET', groups, name, follower)
                    redis.call('ZADD', ready, 0, follower)
                    redis.call('PUBLISH', channel, 'message')
                else
                    redis.call('HDEL', groups, name)
                end
            else
                redis.call('LREM', waiting .. name, 1, id)
            end
        end

        -- Forgets what was received.
        local function forget()
            for _, name in ipairs(redis.call('HKEYS', groups)) do redis.call('DEL', waiting .. name) end
            redis.call('DEL', locked, ready, groups, members)
        end

        -- After the data or the group of consumers was removed, by an operator or a server without files: everything that is
        -- left counts as never received.
        local function restore(failure)
            if string.find(failure, 'NOGROUP', 1, true) then
                forget()
                redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
            else
                error(failure)
            end
        end


        """
}
#endif
