/** The service: compiled models over HTTP, for clients that keep their secret keys. */
export { serve } from './http/service.js';
export type { Service, ServiceOptions } from './http/service.js';
export type { OfferedModel } from './http/models.js';
export type { ModelDescription } from './http/protocol.js';
