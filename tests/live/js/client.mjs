// One person's Matrix client, driven over JSON lines: matrix-js-sdk with Rust crypto, the crypto of Element Web.
//
// Asked:    {"id": 1, "do": "send", "with": {…}}
// Answered: {"id": 1, "done": …}  or  {"id": 1, "failed": "why"}
// Unasked:  {"event": {…}} whenever an event arrives, is decrypted or is redacted;
//           {"membership": {…}} whenever this person is invited to, joins or leaves a room.

import readline from "node:readline";

// Everything the libraries print goes to stderr: stdout carries our lines and nothing else.
for (const level of ["log", "info", "debug", "trace"]) console[level] = () => {};
console.warn = (...words) => process.stderr.write(words.join(" ") + "\n");
console.error = console.warn;

const sdk = await import("matrix-js-sdk");
const { CryptoEvent, OnlySignedDevicesIsolationMode, AllDevicesIsolationMode } = await import(
    "matrix-js-sdk/lib/crypto-api/index.js"
);

let client;
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

async function shieldOf(event) {
    if (!event.isEncrypted() || event.isRedacted() || event.isDecryptionFailure()) return null;
    const known = await client.getCrypto().getEncryptionInfoForEvent(event);
    return known && { colour: ["none", "grey", "red"][known.shieldColour], reason: known.shieldReason };
}

async function seen(event) {
    return {
        id: event.getId(),
        room: event.getRoomId(),
        sender: event.getSender(),
        at: event.getTs(),
        type: event.getType(),
        wire_type: event.getWireType(),
        state_key: event.getStateKey() ?? null,
        content: event.isDecryptionFailure() ? {} : event.getOriginalContent(),
        relates_to: event.getWireContent()["m.relates_to"] ?? event.getOriginalContent()["m.relates_to"] ?? null,
        redacts: event.event.redacts ?? event.getContent().redacts ?? null,
        redacted: event.isRedacted(),
        encrypted: event.isEncrypted(),
        failure: event.isDecryptionFailure() ? String(event.decryptionFailureReason) : null,
        shield: await shieldOf(event),
    };
}

const events = new Map(); // every event of the sync by its id: redactions and late keys change it in place

async function report(event) {
    if (!event.getId() || event.getId().startsWith("~")) return; // our own, not yet accepted
    if (event.getType() === "m.room.redaction") {
        const target = events.get(event.event.redacts ?? event.getContent().redacts);
        if (target) say({ event: { ...(await seen(target)), redacted: true } });
    }
    events.set(event.getId(), event);
    if (event.isBeingDecrypted()) await event.getDecryptionPromise();
    say({ event: await seen(event) });
}

function listen() {
    client.on(sdk.ClientEvent.Event, report);
    client.on(sdk.MatrixEventEvent.Decrypted, report);
    client.on(sdk.RoomEvent.MyMembership, (room, membership) => {
        const own = room.getMember(client.getUserId())?.events.member;
        say({ membership: { room: room.roomId, name: room.name, membership, by: own?.getSender() ?? null } });
    });
}

async function bootstrap(user, password, anew = false) {
    const proof = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
    await client.getCrypto().bootstrapCrossSigning({
        setupNewCrossSigning: anew,
        authUploadDeviceSigningKeys: (upload) =>
            upload(null).catch((refused) => upload({ ...proof, session: refused.data?.session })),
    });
}

async function firstSync() {
    const ready = new Promise((resolve) => {
        client.on(sdk.ClientEvent.Sync, (state) => state === "PREPARED" && resolve());
    });
    await client.startClient({ initialSyncLimit: 60, pollTimeout: 10_000 });
    await ready;
}

// Attachments as the specification seals them (AES-CTR, version 2), with the browser's own cryptography.
const base64 = (bytes, urlSafe = false) =>
    Buffer.from(bytes).toString(urlSafe ? "base64url" : "base64").replace(/=+$/, "");

async function sealFile(plain) {
    const key = crypto.getRandomValues(new Uint8Array(32));
    const iv = new Uint8Array(16);
    crypto.getRandomValues(iv.subarray(0, 8));
    const imported = await crypto.subtle.importKey("raw", key, "AES-CTR", false, ["encrypt"]);
    const hidden = await crypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 64 }, imported, plain);
    const hash = await crypto.subtle.digest("SHA-256", hidden);
    const jwk = { kty: "oct", alg: "A256CTR", ext: true, key_ops: ["encrypt", "decrypt"], k: base64(key, true) };
    return { hidden, keys: { v: "v2", key: jwk, iv: base64(iv), hashes: { sha256: base64(hash) } } };
}

async function openFile(hidden, { key, iv, hashes }) {
    const hash = base64(await crypto.subtle.digest("SHA-256", hidden));
    if (hash !== hashes.sha256) throw new Error("the file is not the one that was sent");
    const raw = Buffer.from(key.k, "base64url");
    const imported = await crypto.subtle.importKey("raw", raw, "AES-CTR", false, ["decrypt"]);
    const counter = Buffer.from(iv, "base64");
    return await crypto.subtle.decrypt({ name: "AES-CTR", counter, length: 64 }, imported, hidden);
}

async function download(mxc) {
    const url = client.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true);
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
    if (!answer.ok) throw new Error(`no file: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
}

const commands = {
    // signed: this device is signed by its owner's identity, which is made here.
    // strict: keys go only to, and messages are shown only from, devices signed by their owners.
    async start({ url, user, password, signed, strict }) {
        const body = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
        const session = await sdk.createClient({ baseUrl: url }).loginRequest(body);
        client = sdk.createClient({
            baseUrl: url,
            userId: session.user_id,
            deviceId: session.device_id,
            accessToken: session.access_token,
        });
        await client.initRustCrypto({ useIndexedDB: false });
        const mode = strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false);
        client.getCrypto().setDeviceIsolationMode(mode);
        listen();
        await firstSync();
        if (signed) await bootstrap(user, password);
        return { user: session.user_id, device: session.device_id };
    },

    async create_room({ options }) {
        return (await client.createRoom(options)).room_id;
    },
    async invite({ room, user }) {
        await client.invite(room, user);
    },
    async join({ room }) {
        await client.joinRoom(room);
    },
    async leave({ room }) {
        await client.leave(room);
    },
    async kick({ room, user }) {
        await client.kick(room, user);
    },

    // Encrypted by the SDK where the room is.
    async send({ room, type, content }) {
        return (await client.sendEvent(room, type, content)).event_id;
    },
    // Sealed where the room is encrypted, as every client does it; the name is the sender's own.
    async send_file({ room, content, file, encrypted }) {
        const plain = Buffer.from(file, "base64");
        if (!encrypted) {
            const { content_uri: url } = await client.uploadContent(new Blob([plain]), { includeFilename: false });
            return (await client.sendEvent(room, "m.room.message", { ...content, url })).event_id;
        }
        const { hidden, keys } = await sealFile(plain);
        const { content_uri: url } = await client.uploadContent(new Blob([hidden]), { includeFilename: false });
        return (await client.sendEvent(room, "m.room.message", { ...content, file: { ...keys, url } })).event_id;
    },
    async open_file({ event }) {
        const { file, url } = events.get(event).getContent();
        const found = await download(file?.url ?? url);
        return Buffer.from(file ? await openFile(found, file) : found).toString("base64");
    },
    async redact({ room, event }) {
        return (await client.redactEvent(room, event)).event_id;
    },
    async set_state({ room, type, content, state_key }) {
        return (await client.sendStateEvent(room, type, content, state_key ?? "")).event_id;
    },

    async shield({ event }) {
        const known = events.get(event);
        if (!known) throw new Error("this client never saw that event");
        return await shieldOf(known);
    },

    // Whether this client would make itself heard for a message, and as for a call.
    async ring({ event }) {
        const { notify, tweaks } = client.getPushActionsForEvent(events.get(event), true) ?? {};
        return notify ? (tweaks?.highlight ? "called" : "heard") : "silent";
    },

    // What this client thinks of somebody: their identity and how their devices stand to it.
    async identity({ user }) {
        const crypto = client.getCrypto();
        const devices = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
        const standing = await crypto.getUserVerificationStatus(user);
        const signed = {};
        for (const device of devices.keys()) {
            const status = await crypto.getDeviceVerificationStatus(user, device);
            signed[device] = Boolean(status?.signedByOwner);
        }
        return { exists: await crypto.userHasCrossSigningKeys(user, true), changed: standing.needsUserApproval, signed };
    },
    async secret_with_recovery_key({ key, name }) {
        // Opens the account's secret storage with a printed recovery key.
        const { decodeRecoveryKey } = await import("matrix-js-sdk/lib/crypto-api/recovery-key.js");
        const opened = sdk.createClient({
            baseUrl: client.getHomeserverUrl(),
            userId: client.getUserId(),
            deviceId: client.getDeviceId(),
            accessToken: client.getAccessToken(),
            cryptoCallbacks: {
                getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], decodeRecoveryKey(key)],
            },
        });
        await opened.getAccountDataFromServer("m.secret_storage.default_key");
        return Boolean(await opened.secretStorage.get(name));
    },

    // Somebody lost everything, or is somebody else now: another identity in the place of the first.
    async reset_identity({ password }) {
        await bootstrap(client.getUserId(), password, true);
    },

    // Another device of this person, believed by this one as after comparing emoji.
    async sign_device({ device }) {
        const [crypto, me] = [client.getCrypto(), client.getUserId()];
        for (;;) {
            const news = new Promise((resolve) => client.once(CryptoEvent.DevicesUpdated, resolve));
            if ((await crypto.getUserDeviceInfo([me])).get(me)?.has(device)) break;
            await news;
        }
        await crypto.crossSignDevice(device);
    },

    // A new megolm session for the next message: it is shared anew with everybody who may have it.
    async new_session({ room }) {
        await client.getCrypto().forceDiscardSession(room);
    },

    // Any request with this person's token, for what no client offers.
    async request({ method, path, body }) {
        return await client.http.authedRequest(method, path, undefined, body ?? undefined, { prefix: "" });
    },
};

async function obey(line) {
    const asked = JSON.parse(line);
    try {
        say({ id: asked.id, done: (await commands[asked.do](asked.with ?? {})) ?? null });
    } catch (error) {
        say({ id: asked.id, failed: `${error.name}: ${error.message}` });
    }
}

// The end of our input is the end of the person: no client outlives the tests.
readline
    .createInterface({ input: process.stdin })
    .on("line", obey)
    .on("close", () => {
        client?.stopClient();
        process.exit(0);
    });
