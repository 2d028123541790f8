import Pusher from 'pusher-js';

/** pusher-js also says something to a socket that closes already, which the browser complains about; it is lost either way. */
const openSocket = Pusher.Runtime.createWebSocket.bind(Pusher.Runtime);
Pusher.Runtime.createWebSocket = (url) => {
    const socket = openSocket(url) as unknown as WebSocket;
    const send = socket.send.bind(socket);
    socket.send = (data) => {
        if (socket.readyState === WebSocket.OPEN) {
            send(data);
        }
    };
    return socket as unknown as ReturnType<typeof openSocket>;
};

export { Pusher };
