export { PageNotFound as default } from '@/components/ui/page-not-found';
