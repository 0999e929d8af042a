export { startApi, type Api } from './api.ts'
export { API_RESOURCE } from './resource.ts'
